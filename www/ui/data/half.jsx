/** A drawing for the model to finish: a small board, of which one half is known and the other is the model's. */
import { signal } from "@preact/signals";
import { inpaint, known } from "../../store/lanes/inpainting.js";
import { replayNext, restart } from "../../store/player.js";
import { SIDE } from "../../store/settings/table.js";
import { blank, InkBoard } from "./ink.jsx";

/** Which part is known: a test of row and column. @type {Record<string, { label: string, has: (row: number, column: number) => boolean }>} */
const HALVES = {
  upper: { label: "upper half", has: (row) => row < SIDE / 2 },
  lower: { label: "lower half", has: (row) => row >= SIDE / 2 },
  left: { label: "left half", has: (_, column) => column < SIDE / 2 },
  right: { label: "right half", has: (_, column) => column >= SIDE / 2 },
};

const pixels = signal(blank());
const half = signal("upper");

/** Whether a pixel is known. @param {number} i */
const isKnown = (i) => HALVES[half.value].has(Math.floor(i / SIDE), i % SIDE);

function finish() {
  replayNext();
  inpaint({ pixels: pixels.value.slice(), mask: Uint8Array.from(pixels.value, (_, i) => (isKnown(i) ? 1 : 0)) });
  restart();
}

export function HalfBoard() {
  const drawn = pixels.value;
  const empty = !drawn.some((value, i) => value > 0 && isKnown(i));
  return (
    <div class="board pixels" role="group" aria-label="A drawing for the model to finish">
      <InkBoard
        pixels={pixels}
        label={`Drawing board of 28 by 28 pixels. The ${HALVES[half.value].label} is yours.`}
        start={{ x: SIDE / 2, y: SIDE / 4 }}
        lit={isKnown}
      />
      <div class="board-side">
        <p>
          Draw in the lit half. These pixels stay as they are, and the model fills in the other half, in every sample
          anew.
        </p>
        <div class="control">
          <label class="control-label" for="half">
            Known half
          </label>
          <select id="half" value={half.value} onChange={(event) => (half.value = event.currentTarget.value)}>
            {Object.entries(HALVES).map(([value, { label }]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </div>
        <div class="row">
          <button type="button" class="solid" disabled={empty} onClick={finish}>
            Let the model finish it
          </button>
          <button type="button" disabled={!drawn.some(Boolean)} onClick={() => (pixels.value = blank())}>
            Clear
          </button>
          {known.value && (
            <button type="button" onClick={() => inpaint(null)}>
              Sample whole digits again
            </button>
          )}
        </div>
      </div>
    </div>
  );
}
