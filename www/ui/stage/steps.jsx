/** The star control: how many steps from noise to data, 1 to 1000 on a logarithmic scale. */
import { playing, replayNext } from "../../store/player.js";
import { change } from "../../store/run/changes.js";
import { clamp } from "../../store/settings/parameters.js";
import { settings } from "../../store/settings/settings.js";
import { numberField } from "../../store/settings/table.js";
import { counted } from "../text.js";

const SCALE = 1000;
/** Marks, and whether there is room for them on narrow screens as well. @type {[number, boolean][]} */
const MARKS = [
  [1, true],
  [2, true],
  [3, false],
  [5, true],
  [10, true],
  [20, true],
  [50, true],
  [100, true],
  [200, false],
  [500, false],
  [1000, true],
];

export function Steps() {
  const entry = numberField("steps");
  const low = Math.log(entry.min);
  const span = Math.log(entry.max) - low;
  const steps = settings.value.steps;
  const place = (/** @type {number} */ value) => ((Math.log(value) - low) / span) * SCALE;
  /** @param {number} value */
  const set = (value) => {
    if (!Number.isFinite(value)) return;
    if (playing.peek()) replayNext();
    void change({ steps: clamp(entry, value) });
  };
  return (
    <div class="steps" role="group" aria-label="Steps">
      <label class="steps-label" for="steps-slider">
        {entry.label}
      </label>
      <input
        class="steps-number figure"
        type="number"
        inputMode="numeric"
        min={entry.min}
        max={entry.max}
        value={steps}
        aria-label="Steps, as a number"
        title={entry.help}
        onChange={(event) => {
          if (event.currentTarget.value !== "") set(Number(event.currentTarget.value));
          event.currentTarget.value = String(settings.peek().steps);
        }}
      />
      <div class="steps-slide">
        <input
          id="steps-slider"
          type="range"
          min="0"
          max={SCALE}
          step="1"
          value={place(steps)}
          aria-valuetext={counted(steps, "step")}
          onInput={(event) => set(Math.exp(low + (Number(event.currentTarget.value) / SCALE) * span))}
          onKeyDown={(event) => {
            const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
            if (!by) return;
            event.preventDefault();
            event.stopPropagation();
            set(steps + by * Math.max(1, Math.round(steps * 0.05)));
          }}
        />
        <div class="steps-marks">
          {MARKS.map(([mark, narrow]) => (
            // By keyboard the slider does the same.
            <button
              key={mark}
              type="button"
              tabIndex={-1}
              class={narrow ? "figure" : "figure minor"}
              aria-label={`${mark} ${mark === 1 ? "step" : "steps"}`}
              aria-pressed={steps === mark}
              style={{ left: `${place(mark) / 10}%` }}
              onClick={() => set(mark)}
            >
              {mark}
            </button>
          ))}
        </div>
      </div>
    </div>
  );
}
