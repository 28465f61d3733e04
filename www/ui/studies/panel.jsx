/** One study: its question, its settings, its run, what was found, and files of it. */
import { useRef, useState } from "preact/hooks";
import { settings } from "../../store/settings/settings.js";
import { choose, valuesOf } from "../../store/studies/choice.js";
import { run, stop } from "../../store/studies/jobs.js";
import { jobs, running } from "../../store/studies/state.js";
import { needsModel, withoutDefaults } from "../../store/studies/table.js";
import { Source } from "../controls/entry.jsx";
import { duration } from "../text.js";
import { Settings } from "./controls.jsx";
import { exportCsv, exportJson, exportPicture, exportWeights } from "./files.js";
import { Tables } from "./views/table.jsx";
import { View } from "./views/view.jsx";

/** @typedef {import("../../store/studies/table.js").StudyEntry} StudyEntry */
/** @typedef {import("../../store/studies/state.js").Job} Job */

/** @param {{ entry: StudyEntry }} props */
export function Panel({ entry }) {
  const job = jobs.value[entry.value];
  return (
    <article class="study" aria-labelledby={`study-${entry.value}`}>
      <h3 id={`study-${entry.value}`}>{entry.label}</h3>
      <p class="study-question">{entry.question}</p>
      <Presets entry={entry} />
      <Runner entry={entry} />
      {job?.results && <Outcome entry={entry} job={job} />}
      <details class="more study-fold" open={!job?.results}>
        <summary>What is measured, and how to read it</summary>
        <div class="study-help">
          {entry.help.split("\n\n").map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
          <p class="quiet">
            After <Source text={entry.source} />.
          </p>
        </div>
      </details>
      <details class="more study-fold">
        <summary>Settings</summary>
        <Settings entry={entry} />
      </details>
    </article>
  );
}

/** @param {{ entry: StudyEntry }} props */
function Presets({ entry }) {
  const now = JSON.stringify(valuesOf(entry.value));
  const presets = entry.presets.map((preset) => ({
    ...preset,
    values: withoutDefaults(entry, JSON.parse(preset.values)),
  }));
  const current = presets.find(({ values }) => JSON.stringify(values) === now);
  if (!presets.length) return null;
  return (
    <div class="presets">
      <div class="row" role="group" aria-label="Ready-made settings">
        {presets.map(({ label, values }) => (
          <button
            key={label}
            type="button"
            class="preset"
            aria-pressed={current?.label === label}
            onClick={() => {
              choose(entry.value, values);
              void run(entry.value);
            }}
          >
            {label}
          </button>
        ))}
      </div>
      <p class="quiet">{current ? current.help : "Your own settings."}</p>
    </div>
  );
}

/** @param {{ entry: StudyEntry }} props */
function Runner({ entry }) {
  const job = jobs.value[entry.value];
  const live = running.value === entry.value;
  const elsewhere = running.value !== null && !live;
  return (
    <div class="runner">
      <button type="button" class={live ? "" : "solid"} onClick={() => (live ? stop() : void run(entry.value))}>
        {live ? "Stop" : job?.results ? "Run again" : "Run"}
      </button>
      {live && job && (
        <progress max={1} value={job.status === "starting" ? undefined : job.progress} aria-label="Progress" />
      )}
      <p class="runner-text" role="status">
        {live && job
          ? `${job.doing || "Measuring"}${job.status === "running" ? `, ${Math.floor(100 * job.progress)} %${left(job)}` : ""}`
          : job
            ? said(job)
            : needsModel(entry, valuesOf(entry.value))
              ? entry.needs === "digits" && settings.value.data !== "digits"
                ? "Uses the pretrained network for handwritten digits, which is fetched when you press Run."
                : "Uses the network on the stage, as it is when you press Run."
              : ""}
        {elsewhere && " Another study is running; this would stop it."}
      </p>
    </div>
  );
}

/** How much longer it takes, where that can be said. @param {Job} job */
function left({ progress, began }) {
  const passed = (Date.now() - began) / 1000;
  return passed > 3 && progress > 0.05 ? `, about ${duration((passed * (1 - progress)) / progress)} left` : "";
}

/** @param {Job} job */
function said({ status, milliseconds, error, progress }) {
  const seconds = `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
  if (status === "done") return `Done in ${seconds}.`;
  if (status === "cancelled") return `Stopped at ${Math.floor(100 * progress)} %. The results so far stay.`;
  if (status === "failed") return `It could not go on. ${sentence(error)}`;
  if (status === "imported") return "Opened from a file; nothing was computed here.";
  if (status === "kept") return "From an earlier visit; nothing was computed now.";
  return "";
}

/** @param {string} text */
const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;

/** @param {{ entry: StudyEntry, job: Job }} props */
function Outcome({ entry, job }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [drawing, setDrawing] = useState(/** @type {"png" | "svg" | null} */ (null));
  const { results } = job;
  if (!results) return null;
  const stale =
    JSON.stringify(withoutDefaults(entry, JSON.parse(job.description))) !== JSON.stringify(valuesOf(entry.value));
  return (
    <div class="outcome" ref={box} data-status={job.status}>
      {stale && <p class="quiet">These results are from before the settings changed.</p>}
      {job.data && <p class="quiet">The network on {job.data.replaceAll("_", " ")}, as it was when this ran.</p>}
      {results.findings.length > 0 && (
        <ul class="findings">
          {results.findings.map((finding) => (
            <li key={finding}>{finding.replaceAll(" %", "\u00a0%")}</li>
          ))}
        </ul>
      )}
      {results.outline.views.map((view, index) => (
        <View key={index} view={view} results={results} />
      ))}
      <Tables results={results} />
      <div class="row take">
        <span class="quiet">Download:</span>
        <button type="button" class="plain" onClick={() => exportCsv(entry.value, results)}>
          CSV
        </button>
        {
          /** @type {const} */ (["png", "svg"]).map((kind) => (
            <button
              key={kind}
              type="button"
              class="plain"
              disabled={drawing !== null}
              onClick={async () => {
                if (!box.current) return;
                setDrawing(kind);
                await exportPicture(kind, entry, job, box.current);
                setDrawing(null);
              }}
            >
              {drawing === kind ? `Drawing the ${kind.toUpperCase()}…` : kind.toUpperCase()}
            </button>
          ))
        }
        <button type="button" class="plain" onClick={() => exportJson(entry.value, job)}>
          JSON
        </button>
        {job.weights && (
          <button type="button" class="plain" onClick={() => job.weights && exportWeights(job)}>
            Weights
          </button>
        )}
      </div>
    </div>
  );
}
