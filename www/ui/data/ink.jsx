/** A small board of 28 by 28 pixels to put ink on: by mouse, finger or keyboard. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { PIXELS, SIDE } from "../../store/settings/table.js";

const BRUSH = 1.25; // pixels from the pointer to where the ink ends

/** An empty board. */
export const blank = () => new Uint8Array(PIXELS);

/** Ink around a place, softer towards the edge of the brush. @param {Uint8Array} pixels @param {number} x @param {number} y in pixels */
function inked(pixels, x, y) {
  const next = pixels.slice();
  for (let row = Math.floor(y - 3); row <= y + 3; row++)
    for (let column = Math.floor(x - 3); column <= x + 3; column++) {
      if (row < 0 || column < 0 || row >= SIDE || column >= SIDE) continue;
      const far = Math.hypot(column + 0.5 - x, row + 0.5 - y);
      const value = Math.round(255 * Math.min(1, Math.max(0, BRUSH + 0.5 - far)));
      next[row * SIDE + column] = Math.max(next[row * SIDE + column], value);
    }
  return next;
}

/**
 * @param {object} props
 * @param {import("@preact/signals").Signal<Uint8Array>} props.pixels what is drawn: 0 paper, 255 ink
 * @param {string} props.label what the board is for; how it is used is said after it
 * @param {{ x: number, y: number }} props.start where the brush stands first
 * @param {(pixel: number) => boolean} [props.lit] whether a pixel lies in the light; all do, if nothing is said
 */
export function InkBoard({ pixels, label, start, lit = () => true }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const from = useRef(/** @type {{ x: number, y: number } | null} */ (null));
  const cursor = useSignal({ ...start, shown: false });
  const spot = cursor.value;
  const drawn = pixels.value;
  const ink = (/** @type {number} */ x, /** @type {number} */ y) => (pixels.value = inked(pixels.value, x, y));

  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const image = context.createImageData(SIDE, SIDE);
    for (let i = 0; i < drawn.length; i++) {
      // What is drawn in the shade only shows through.
      const light = lit(i) ? 26 + 0.88 * drawn[i] : 8 + 0.25 * drawn[i];
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
  /** @param {PointerEvent} event */
  const end = (event) => {
    if (event.isPrimary) from.current = null;
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
    <canvas
      ref={canvas}
      width={SIDE}
      height={SIDE}
      tabIndex={0}
      data-keys
      role="application"
      aria-roledescription="drawing board"
      aria-label={`${label} Arrow keys move the brush, space puts ink there.`}
      onFocus={() => {
        if (canvas.current?.matches(":focus-visible")) cursor.value = { ...spot, shown: true };
      }}
      onBlur={() => (cursor.value = { ...spot, shown: false })}
      onKeyDown={key}
      onPointerDown={(event) => {
        if (!event.isPrimary || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = place(event);
        ink(from.current.x, from.current.y);
      }}
      onPointerMove={(event) => {
        if (!event.isPrimary) return;
        const last = from.current;
        if (!last) return;
        const to = place(event);
        const parts = Math.max(1, Math.ceil(Math.hypot(to.x - last.x, to.y - last.y) / 0.6));
        for (let i = 1; i <= parts; i++)
          ink(last.x + ((to.x - last.x) * i) / parts, last.y + ((to.y - last.y) * i) / parts);
        from.current = to;
      }}
      onPointerUp={end}
      onPointerCancel={end}
    />
  );
}
