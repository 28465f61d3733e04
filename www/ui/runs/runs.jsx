/** Runs that are kept by name: the list, and what can be done with each. */
import { useEffect, useRef, useState } from "preact/hooks";
import { placeOf } from "../../store/lanes/lanes.js";
import { LONGEST_NAME } from "../../store/run/kept.js";
import {
  bringBack,
  compare,
  deleteRun,
  importRun,
  isCompared,
  keepRun,
  notComparable,
  readRuns,
  renameRun,
  runFile,
  runs,
} from "../../store/run/library.js";
import { origin, training } from "../../store/run/status.js";
import { settings, uploaded } from "../../store/settings/settings.js";
import { optionsOf } from "../../store/settings/table.js";
import { saveFile } from "../controls/file.js";
import { FileButton } from "../controls/file.jsx";
import { DigitGrid } from "../stage/digits.js";
import { GLOWS } from "../stage/splat.js";
import { counted } from "../text.js";
import "../../styles/runs.css";

/** @typedef {import("../../store/run/library.js").Run} Run */

/** @param {import("../../store/settings/table.js").Settings} settings */
const dataOf = ({ data }) =>
  data === "uploaded" && uploaded.value
    ? uploaded.value.name
    : (optionsOf("data").find(({ value }) => value === data)?.label ?? data);

export function Runs() {
  useEffect(() => {
    void readRuns();
    // Another tab may have kept one meanwhile.
    const again = () => !document.hidden && void readRuns();
    document.addEventListener("visibilitychange", again);
    return () => document.removeEventListener("visibilitychange", again);
  }, []);
  const all = runs.value;
  return (
    <div class="runs">
      <Keep />
      {all?.length === 0 && <p class="quiet">None yet. They stay in this browser, and nowhere else.</p>}
      <ul>
        {all?.map((run) => (
          <Kept key={run.key} run={run} />
        ))}
      </ul>
      <FileButton
        plain
        title="A run that was saved as a file, on this page or another's"
        accept=".json,application/json"
        onFiles={([file]) => importRun(file)}
      >
        Open a run file
      </FileButton>
    </div>
  );
}

function Keep() {
  const trained = origin.value === "trained";
  const usual = `${dataOf(settings.value)}, ${counted(training.value.step, "step")}`;
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  return (
    <form
      class="row"
      onSubmit={async (event) => {
        event.preventDefault();
        setBusy(true);
        if (await keepRun(name.trim() || usual)) setName("");
        setBusy(false);
      }}
    >
      <input
        type="text"
        aria-label="Name of this run"
        maxLength={LONGEST_NAME}
        placeholder={trained ? usual : "Name"}
        value={name}
        disabled={!trained}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button type="submit" disabled={!trained || busy}>
        Keep this run
      </button>
      {!trained && <span class="quiet">Train first: there is nothing to keep yet.</span>}
    </form>
  );
}

/** @param {{ run: Run }} props */
function Kept({ run }) {
  const { name, step, budget, time, losses } = run;
  const loss = losses.losses.mapSmooth.findLast((one) => one !== null) ?? losses.losses.noiseSmooth.at(-1);
  const objective = optionsOf("objective").find(({ value }) => value === run.settings.objective)?.label;
  const why = notComparable(run);
  const when = new Date(time).toLocaleString("en", {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  });
  return (
    <li class="run">
      <Likeness name={name} picture={run.picture} />
      <div class="run-words">
        <input
          type="text"
          aria-label="Name"
          maxLength={LONGEST_NAME}
          value={name}
          onChange={(event) => {
            const next = event.currentTarget.value.trim();
            if (next) void renameRun(run, next);
            else event.currentTarget.value = name;
          }}
        />
        <p class="quiet">
          {[
            dataOf(run.settings),
            objective?.toLowerCase(),
            `step ${step.toLocaleString("en")} of ${Math.max(step, budget).toLocaleString("en")}`,
            ...(loss ? [`loss ${loss.toPrecision(3)}`] : []),
            when,
          ].join(" · ")}
        </p>
        <div class="row" role="group" aria-label={name}>
          <button type="button" class="plain" onClick={() => void bringBack(run)}>
            Bring back
          </button>
          <button
            type="button"
            class="plain"
            aria-pressed={isCompared(run)}
            disabled={why !== ""}
            title={why || "Its losses in the chart, and its last lane on the stage as it was when it was kept"}
            onClick={() => compare(run)}
          >
            {isCompared(run) ? "Compared" : "Compare"}
          </button>
          <button
            type="button"
            class="plain"
            onClick={() => {
              const { name, text } = runFile(run);
              saveFile(name, text, "application/json");
            }}
          >
            Save as a file
          </button>
          <button type="button" class="plain" onClick={() => void deleteRun(run)}>
            Delete
          </button>
        </div>
      </div>
    </li>
  );
}

const SIZE = 72;

/** The end of the lane that was kept with it. @param {{ name: string, picture: Run["picture"] }} props */
function Likeness({ name, picture }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !picture) return;
    const { frames, points, have, kind, dimension } = picture;
    const size = context.canvas.width;
    context.clearRect(0, 0, size, size);
    if (kind === "images") {
      const grid = new DigitGrid(GLOWS.accelerated);
      grid.learnRange(frames.subarray((have - 1) * points * dimension));
      grid.draw(context, frames, { low: have - 1, high: have - 1, weight: 0 }, Math.min(9, points), 1, {
        expected: null,
        rows: false,
      });
      return;
    }
    context.fillStyle = `rgb(${GLOWS.accelerated.tone.join(" ")} / 0.7)`;
    for (let i = 0; i < points; i++) {
      const [x, y] = placeOf(picture, have - 1, i);
      context.fillRect(size / 2 + (size / 4.2) * x - 1, size / 2 - (size / 4.2) * y - 1, 2, 2);
    }
  }, [picture]);
  return (
    <canvas
      ref={canvas}
      class="run-likeness"
      width={2 * SIZE}
      height={2 * SIZE}
      role="img"
      aria-label={`${name}: how it ended`}
    />
  );
}
