/** The star control: how many steps from noise to data, 1 to 1000 on a logarithmic scale. */
import { playing, replayNext } from "../../store/player.js";
import { change } from "../../store/run/changes.js";
import { clamp } from "../../store/settings/parameters.js";
import { settings } from "../../store/settings/settings.js";
import { numberField } from "../../store/settings/table.js";

const SCALE = 1000;
const MARKS = [1, 5, 10, 50, 100, 500, 1000];

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
      <div class="steps-slide">
        <input
          id="steps-slider"
          type="range"
          min="0"
          max={SCALE}
          step="1"
          value={place(steps)}
          aria-valuetext={`${steps} ${steps === 1 ? "step" : "steps"}`}
          onInput={(event) => set(Math.exp(low + (Number(event.currentTarget.value) / SCALE) * span))}
          onKeyDown={(event) => {
            const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
            if (!by) return;
            event.preventDefault();
            event.stopPropagation();
            set(steps + by * Math.max(1, Math.round(steps * 0.05)));
          }}
        />
        <div class="steps-marks" aria-hidden="true">
          {MARKS.map((mark) => (
            <span
              key={mark}
              class={String(mark).startsWith("5") ? "minor" : ""}
              style={{ left: `${place(mark) / 10}%` }}
            >
              {mark}
            </span>
          ))}
        </div>
      </div>
      <input
        class="steps-number figure"
        type="number"
        inputMode="numeric"
        min={entry.min}
        max={entry.max}
        value={steps}
        aria-label="Steps, as a number"
        onChange={(event) => {
          if (event.currentTarget.value !== "") set(Number(event.currentTarget.value));
          event.currentTarget.value = String(settings.peek().steps);
        }}
      />
    </div>
  );
}
