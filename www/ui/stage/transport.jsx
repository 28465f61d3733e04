/** Play, pause, step, loop; and what is laid over the picture. */

import { wake } from "../../store/engine.js";
import { mostSteps, shown } from "../../store/lanes/lanes.js";
import { backwards, looping, playing, seek, setBackwards, setSpeed, speed, step, toggle } from "../../store/player.js";
import { change } from "../../store/run/changes.js";
import { model } from "../../store/run/status.js";
import { settings } from "../../store/settings/settings.js";
import { field } from "../../store/settings/table.js";
import { Lazy } from "../controls/fold.jsx";
import { followed } from "./follow.js";
import { Track } from "./track.jsx";

export function Playback() {
  const isPlaying = playing.value;
  return (
    <div class="playback" role="group" aria-label="Playback">
      <div class="transport-buttons">
        <button
          class="round primary"
          type="button"
          onClick={toggle}
          aria-label={isPlaying ? "Pause" : "Play"}
          title={isPlaying ? "Pause (space)" : "Play (space)"}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            {isPlaying ? <path d="M7 5h3.6v14H7zM13.4 5H17v14h-3.6z" /> : <path d="M8 4.5v15l12-7.5z" />}
          </svg>
        </button>
        <button
          class="round"
          type="button"
          onClick={() => step(-1, mostSteps())}
          aria-label="Previous step"
          title="Previous step (←)"
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M17 6v12l-8-6zM6.5 6h2v12h-2z" />
          </svg>
        </button>
        <button
          class="round"
          type="button"
          onClick={() => step(1, mostSteps())}
          aria-label="Next step"
          title="Next step (→)"
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M7 6v12l8-6zM15.5 6h2v12h-2z" />
          </svg>
        </button>
        <button
          class="round loop"
          type="button"
          aria-pressed={looping.value}
          onClick={() => (looping.value = !looping.value)}
          aria-label="Loop"
          title="Repeat"
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M6 12a6 6 0 0 1 6-6h3V3.5L19.5 7 15 10.5V8h-3a4 4 0 0 0-4 4zM18 12a6 6 0 0 1-6 6H9v2.5L4.5 17 9 13.5V16h3a4 4 0 0 0 4-4z" />
          </svg>
        </button>
      </div>
      <Track />
    </div>
  );
}

const FLAT = /** @type {const} */ (["paths", "field", "turns", "mesh", "density", "predicted", "forward", "data_over"]);
const LINE = /** @type {const} */ (["paths", "forward"]);
const IMAGES = /** @type {const} */ (["predicted", "forward", "morph"]);
/** What a recording does not hold: an engine computes it. @type {string[]} */
const COMPUTED = ["field", "turns", "predicted", "forward"];

const SPEEDS = [0.25, 0.5, 1, 2, 4];

/** What is laid over the picture, which digits it shows, and how fast it plays; below the steps. */
export function Under() {
  const [lane] = shown.value;
  const flat = lane ? lane.dimension === 2 : true;
  const line = lane?.dimension === 1;
  return (
    <div class="under">
      <div class="overlays" role="group" aria-label="Laid over the picture">
        {(flat ? FLAT : line ? LINE : IMAGES).map((key) => (
          <label key={key} class="tickbox" title={field(key).help}>
            <input
              type="checkbox"
              checked={settings.value[key]}
              onChange={(event) => {
                const on = event.currentTarget.checked;
                if (on && COMPUTED.includes(key)) wake();
                if (key === "forward") setBackwards(on);
                void change({ [key]: on });
              }}
            />
            {field(key).label}
          </label>
        ))}
        {flat && (
          <label
            class="tickbox"
            title="Draw the whole path of one point in every lane: press any point in a picture to follow that one"
          >
            <input
              type="checkbox"
              checked={followed.value !== null}
              onChange={(event) => (followed.value = event.currentTarget.checked ? 0 : null)}
            />
            Follow a point
          </label>
        )}
      </div>
      {Boolean(model.value?.classes) && <Lazy label="The classes" name="Classes" />}
      <div class="overlays">
        <label class="tickbox" title="Play from data to noise, as the forward process goes">
          <input
            type="checkbox"
            checked={backwards.value}
            onChange={(event) => setBackwards(event.currentTarget.checked)}
          />
          Backwards
        </label>
        <label class="tickbox">
          Speed
          <select
            class="lane-pick"
            value={String(speed.value)}
            onChange={(event) => setSpeed(Number(event.currentTarget.value))}
          >
            {SPEEDS.map((times) => (
              <option key={times} value={String(times)}>
                {times} ×
              </option>
            ))}
          </select>
        </label>
      </div>
    </div>
  );
}

/** Space, arrows, Home and End work wherever no other control uses them. @param {KeyboardEvent} event */
export function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest?.("input, select, textarea, button, summary, a, [data-keys]")) return;
  switch (event.key) {
    case " ":
      toggle();
      break;
    case "ArrowLeft":
      step(-1, mostSteps());
      break;
    case "ArrowRight":
      step(1, mostSteps());
      break;
    case "Home":
      seek(0);
      break;
    case "End":
      seek(1);
      break;
    default:
      return;
  }
  event.preventDefault();
}
