/** The comparison in words; it reads the numbers of the run that is shown, whatever they say. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { phase } from "../../store/engine.js";
import { addLane } from "../../store/lanes/edit.js";
import { arriving, finalDistance, shown } from "../../store/lanes/lanes.js";
import { qualities } from "../../store/lanes/quality.js";
import { settings } from "../../store/settings/settings.js";
import { maxLanes } from "../../store/settings/table.js";
import { Fold, Lazy } from "../controls/fold.jsx";
import { Live } from "../controls/live.jsx";
import { LANES } from "../lanes/names.js";
import { openSheet } from "../lanes/sheet.jsx";
import { endings } from "./outcome.js";
import { plain, SCALE, verdict } from "./sentence.js";
import { TrackTable } from "./track.jsx";

const WAITING = "The same data, the same starting noise: change Steps, and compare.";
const LOST =
  "Samples left the finite numbers on their way, so there is nothing to compare: take more steps, or another sampler.";

const tableOpen = signal(false);

export function Verdict() {
  const lanes = shown.value;
  const ended = endings(lanes);
  const measured = lanes.flatMap((_, lane) => qualities.value[lane] ?? []);
  const sentence = ended && verdict(ended, measured.length === lanes.length ? measured : null);
  const dear = (ended ?? []).filter(({ lane }) => lane.cost > lane.evaluations * 1.02);
  return (
    <div class="verdict">
      <p class={`verdict-text${arriving.value !== null && phase.value === "live" ? " is-waiting" : ""}`}>
        <Live of={sentence ? plain(sentence) : "none"}>
          {sentence ? (
            <Sentence parts={sentence} />
          ) : lanes.some((lane) => lane && finalDistance(lane)?.mean === Infinity) ? (
            LOST
          ) : (
            WAITING
          )}
        </Live>
      </p>
      {sentence && (
        <p class="quiet" title={SCALE}>
          An error of 0 % is as good as fresh data, 100 % is pure noise.{" "}
          {dear.map(({ lane, index, name }) => (
            <span key={index}>
              <Sentence parts={[name]} /> makes each evaluation dearer:{" "}
              {lane.evaluations === 1 ? "its one costs" : `its ${lane.evaluations} cost`} as much as{" "}
              <span class="figure">{lane.cost.toFixed(1)}</span> of the velocity alone.{" "}
            </span>
          ))}
        </p>
      )}
      {settings.value.data === "digits" && <Lazy label="The measurement" name="Quality" />}
      <div class="row">
        <button
          type="button"
          class="plain"
          aria-expanded={tableOpen.value}
          onClick={() => (tableOpen.value = !tableOpen.value)}
        >
          {tableOpen.value ? "Hide the errors" : "Errors, step by step"}
        </button>
        {settings.value.data === "digits" && <Lazy label="The measurement" name="MeasureButton" />}
        {settings.value.lanes.length < maxLanes && (
          <button
            type="button"
            class="plain"
            title="Compare with another sampler, in a colour of its own"
            onClick={() => openSheet(addLane())}
          >
            Add a sampler
          </button>
        )}
      </div>
      {tableOpen.value && <TrackTable />}
      <Fold label="Save or open files" name="Export" />
      <LiveSummary text={sentence ? plain(sentence) : ""} />
    </div>
  );
}

/** A sentence with its lanes in their colours. @param {{ parts: import("./sentence.js").Part[] }} props */
const Sentence = ({ parts }) =>
  parts.map((part, i) =>
    typeof part === "string" ? (
      part
    ) : "figure" in part ? (
      <b key={i} class="figure">
        {part.figure}
      </b>
    ) : (
      <b key={i} class={`ink-${LANES[part.lane]}`}>
        {part.text}
      </b>
    ),
  );

/** Speaks at most every four seconds. @param {{ text: string }} props */
function LiveSummary({ text }) {
  const box = useRef(/** @type {HTMLParagraphElement | null} */ (null));
  const state = useRef({ said: 0, timer: 0 });
  useEffect(() => {
    const { current } = state;
    window.clearTimeout(current.timer);
    current.timer = window.setTimeout(
      () => {
        current.said = Date.now();
        if (box.current && box.current.textContent !== text) box.current.textContent = text;
      },
      Math.max(600, current.said + 4000 - Date.now()),
    );
  }, [text]);
  return <p ref={box} class="unseen" role="status" />;
}
