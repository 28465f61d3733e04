/** A drawing for the model to finish: a small board, of which one half is given and the other is the model's. */
import { signal } from "@preact/signals";
import { finishDrawing, given, replayNext } from "../../store/run/changes.js";
import { restart } from "../../store/player.js";
import { InkBoard, SIDE, blank } from "./ink.jsx";

/** Which part is given: a test of row and column. @type {Record<string, { label: string, has: (row: number, column: number) => boolean }>} */
const HALVES = {
  upper: { label: "upper half", has: (row) => row < SIDE / 2 },
  lower: { label: "lower half", has: (row) => row >= SIDE / 2 },
  left: { label: "left half", has: (_, column) => column < SIDE / 2 },
  right: { label: "right half", has: (_, column) => column >= SIDE / 2 },
};

const pixels = signal(blank());
const half = signal("upper");

/** Whether a pixel is given. @param {number} i */
const kept = (i) => HALVES[half.value].has(Math.floor(i / SIDE), i % SIDE);

function finish() {
  replayNext();
  finishDrawing({ pixels: pixels.value.slice(), mask: Uint8Array.from(pixels.value, (_, i) => (kept(i) ? 1 : 0)) });
  restart();
}

export function HalfBoard() {
  const drawn = pixels.value;
  const empty = !drawn.some((value, i) => value > 0 && kept(i));
  return (
    <div class="board pixels" role="group" aria-label="A drawing for the model to finish">
      <InkBoard
        pixels={pixels}
        label={`Drawing board of 28 by 28 pixels. The ${HALVES[half.value].label} is given.`}
        start={{ x: SIDE / 2, y: SIDE / 4 }}
        lit={kept}
      />
      <div class="board-side">
        <p>
          Draw the half of a digit that lies in the light. The model keeps it, pixel by pixel, and finds the other half:
          in every sample anew.
        </p>
        <div class="control">
          <label class="control-label" for="half">
            Given
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
          {given.value && (
            <button type="button" onClick={() => finishDrawing(null)}>
              Free digits again
            </button>
          )}
        </div>
      </div>
    </div>
  );
}
