/** All studies side by side as a list, and the open one. */
import { signal } from "@preact/signals";
import { complainAboutLink, currentStudy, openStudy } from "../../store/studies/choice.js";
import { bringKept, reopen } from "../../store/studies/jobs.js";
import { jobs } from "../../store/studies/state.js";
import { studies } from "../../store/studies/table.js";
import { FileButton } from "../controls/file.jsx";
import { Panel } from "./panel.jsx";

export { reopen };

complainAboutLink();
void bringKept();

/** What is wrong with a file that was opened. */
const complaint = signal("");

export function Studies() {
  const entry = currentStudy();
  return (
    <div class="studies">
      <nav class="study-list" aria-label="Studies">
        <ul>
          {studies.map(({ value, label }) => (
            <li key={value}>
              <button
                type="button"
                aria-current={value === entry.value ? "true" : undefined}
                onClick={() => openStudy(value)}
              >
                <span>{label}</span>
                <Mark value={value} />
              </button>
            </li>
          ))}
        </ul>
        <select
          class="study-menu"
          aria-label="Study"
          value={entry.value}
          onChange={(event) => openStudy(event.currentTarget.value)}
        >
          {studies.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <div class="study-file">
          <FileButton
            accept=".json,application/json"
            onFiles={async ([file]) => {
              complaint.value = reopen(await file.text());
            }}
          >
            Open a study file…
          </FileButton>
          <p class="control-error" role="alert">
            {complaint.value}
          </p>
        </div>
      </nav>
      <Panel key={entry.value} entry={entry} />
    </div>
  );
}

/** How far a study is. @param {{ value: string }} props */
function Mark({ value }) {
  const job = jobs.value[value];
  if (!job) return null;
  const live = job.status === "running" || job.status === "starting";
  if (live) return <span class="study-mark figure">{Math.floor(100 * job.progress)} %</span>;
  if (!job.results) return null;
  return (
    <span class="study-mark">
      <span class="unseen">has results</span>
      <span aria-hidden="true">●</span>
    </span>
  );
}
