/** One study as a figure. */
import { complainAboutLink, currentStudy } from "../../store/studies/choice.js";
import { run as runStudy } from "../../store/studies/jobs.js";
import { Panel } from "../studies/panel.jsx";

complainAboutLink();

/** Runs the study of the address. */
export const run = () => void runStudy(currentStudy().value);

export function Study() {
  const entry = currentStudy();
  return (
    <div class="laboratory">
      <Panel key={entry.value} entry={entry} />
    </div>
  );
}
