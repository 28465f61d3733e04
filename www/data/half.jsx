/** A drawing for the model to finish: a small board, of which one half is given and the other is the model's. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { finishDrawing, given, replayNext } from "../state/run.js";
import { restart } from "../state/player.js";

const SIDE = 28;
const BRUSH = 1.25; // pixels from the pointer to where the ink ends

/** Which part is given: a test of row and column. @type {Record<string, { label: string, has: (row: number, column: number) => boolean }>} */
const HALVES = {
  upper: { label: "upper half", has: (row) => row < SIDE / 2 },
  lower: { label: "lower half", has: (row) => row >= SIDE / 2 },
  left: { label: "left half", has: (_, column) => column < SIDE / 2 },
  right: { label: "right half", has: (_, column) => column >= SIDE / 2 },
};

const pixels = signal(new Uint8Array(SIDE * SIDE));
const half = signal("upper");
const cursor = signal({ x: SIDE / 2, y: SIDE / 4, shown: false });

const mask = () => Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (HALVES[half.value].has(Math.floor(i / SIDE), i % SIDE) ? 1 : 0));

/** Ink around a place, softer towards the edge of the brush. @param {number} x @param {number} y in pixels */
function ink(x, y) {
  const next = pixels.value.slice();
  for (let row = Math.floor(y - 3); row <= y + 3; row++)
    for (let column = Math.floor(x - 3); column <= x + 3; column++) {
      if (row < 0 || column < 0 || row >= SIDE || column >= SIDE) continue;
      const far = Math.hypot(column + 0.5 - x, row + 0.5 - y);
      const value = Math.round(255 * Math.min(1, Math.max(0, BRUSH + 0.5 - far)));
      next[row * SIDE + column] = Math.max(next[row * SIDE + column], value);
    }
  pixels.value = next;
}

function finish() {
  replayNext();
  finishDrawing({ pixels: pixels.value.slice(), mask: mask() });
  restart();
}

export function HalfBoard() {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const from = useRef(/** @type {{ x: number, y: number } | null} */ (null));
  const drawn = pixels.value;
  const kept = mask();
  const spot = cursor.value;
  const empty = !drawn.some((value, i) => value > 0 && kept[i]);

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(SIDE, SIDE);
    for (let i = 0; i < drawn.length; i++) {
      // The other half is the model's: it lies in shade, and what was drawn there only shows through.
      const light = kept[i] ? 26 + 0.88 * drawn[i] : 8 + 0.25 * drawn[i];
      image.data.set([light, light, light * 1.06, 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
    if (spot.shown) {
      context.fillStyle = "rgb(255 157 66)";
      context.fillRect(Math.floor(spot.x), Math.floor(spot.y), 1, 1);
    }
  });

  /** @param {PointerEvent} event */
  const place = (event) => {
    const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    return { x: (SIDE * (event.clientX - box.left)) / box.width, y: (SIDE * (event.clientY - box.top)) / box.height };
  };
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[/** @type {keyof typeof moves} */ (event.key)];
    const inside = (/** @type {number} */ value) => Math.min(SIDE - 0.5, Math.max(0.5, value));
    if (move) cursor.value = { x: inside(spot.x + move[0]), y: inside(spot.y + move[1]), shown: true };
    else if (event.key === " ") ink(spot.x, spot.y);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="board half" role="group" aria-label="A drawing for the model to finish">
      <canvas
        ref={canvas}
        width={SIDE}
        height={SIDE}
        tabIndex={0}
        data-keys
        role="application"
        aria-roledescription="drawing board"
        aria-label={`Drawing board of 28 by 28 pixels. The ${HALVES[half.value].label} is given. Arrow keys move the brush, space puts ink there.`}
        onFocus={() => canvas.current?.matches(":focus-visible") && (cursor.value = { ...spot, shown: true })}
        onBlur={() => (cursor.value = { ...spot, shown: false })}
        onKeyDown={key}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          from.current = place(event);
          ink(from.current.x, from.current.y);
        }}
        onPointerMove={(event) => {
          const last = from.current;
          if (!last) return;
          const to = place(event);
          const parts = Math.max(1, Math.ceil(Math.hypot(to.x - last.x, to.y - last.y) / 0.6));
          for (let i = 1; i <= parts; i++) ink(last.x + ((to.x - last.x) * i) / parts, last.y + ((to.y - last.y) * i) / parts);
          from.current = to;
        }}
        onPointerUp={() => (from.current = null)}
        onPointerCancel={() => (from.current = null)}
      />
      <div class="board-side">
        <p>Draw the half of a digit that lies in the light. The model keeps it, pixel by pixel, and finds the other half: in every sample anew.</p>
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
          <button type="button" disabled={!drawn.some(Boolean)} onClick={() => (pixels.value = new Uint8Array(SIDE * SIDE))}>
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
