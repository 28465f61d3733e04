/** The figure beside a question: what its runs show. Until the answer is revealed it has neither controls nor numbers. */
import { phase, progress } from "../../store/engine.js";
import { underWay } from "../../store/lessons/run.js";
import { training } from "../../store/run/status.js";
import { link } from "../../store/settings/settings.js";
import { currentStudy } from "../../store/studies/choice.js";
import { jobs } from "../../store/studies/state.js";
import { Stage } from "../stage/stage.jsx";
import { Panel } from "../studies/panel.jsx";

/** @typedef {import("./lesson.jsx").State} State */

/** @param {{ round: import("../../store/lessons/types").Round, state: import("@preact/signals").Signal<State> }} props */
export function Figure({ round, state }) {
  const { revealed, outcomes } = state.value;
  const run = underWay.value ?? round.runs[outcomes.findLastIndex((outcome) => outcome !== null)];
  if (!run) return <Empty>Predict, then run: the picture comes here.</Empty>;
  if (run.study) {
    if (revealed)
      return (
        <div class="lesson-figure lesson-study laboratory">
          <Panel entry={currentStudy()} />
        </div>
      );
    return <Empty>{underWay.value ? <Studying /> : "It has been measured. Reveal it."}</Empty>;
  }
  return (
    <div class="lesson-figure">
      {/* Inert: neither the keyboard nor a screen reader finds in it what the answer would give away. */}
      <div
        class="embedded"
        data-controls={revealed ? "play track overlays" : ""}
        data-numbers={revealed ? undefined : "hidden"}
        inert={!revealed}
        aria-hidden={!revealed}
      >
        <Stage />
      </div>
      <p class="quiet" role="status">
        <Doing />
      </p>
      {revealed && (
        <p class="quiet">
          <a href={link()} target="_blank" rel="noopener">
            Open it in the playground
          </a>
        </p>
      )}
    </div>
  );
}

/** @param {{ children: import("preact").ComponentChildren }} props */
const Empty = ({ children }) => (
  <div class="lesson-figure lesson-empty">
    <p role="status">{children}</p>
  </div>
);

function Studying() {
  const { value } = currentStudy();
  const job = jobs.value[value];
  return <>Measuring, {Math.floor(100 * (job?.progress ?? 0))} %</>;
}

function Doing() {
  const run = underWay.value;
  if (!run) return null;
  if (phase.value !== "live") return <>{progress.value?.text ?? "The engine is starting"}…</>;
  const { running, step } = training.value;
  if (run.train && running)
    return <>{`Training, step ${step.toLocaleString("en")} of ${run.train.toLocaleString("en")}`}</>;
  return <>Sampling…</>;
}
