/** The drawing board: mouse, touch and keyboard, with classes, undo and clear. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { labelling } from "../../store/data/labels.js";
import { LEAST, MOST, MOST_CLASSES } from "../../store/data/limits.js";
import { useOwn } from "../../store/run/changes.js";
import { LINK_POINTS } from "../../store/settings/link.js";
import { drawn, settings } from "../../store/settings/settings.js";
import { onPixelRatio } from "../pixel-ratio.js";
import { classInk } from "../stage/class-colours.js";
import { counted } from "../text.js";

const SPREAD = 0.012; // of a drawn dot around the pointer, in board widths

/** @typedef {{ of: number, points: number[] }} Stroke of a class, counted from one: [x, y, x, y, …] in the unit square, y upwards */

/** @type {import("@preact/signals").Signal<Stroke[]>} */
const strokes = signal(strokesOf(drawn.value));
/** The drawing that the board last showed or gave. */
let shown = drawn.value;
// A run that is brought back, or a link, has a drawing of its own.
drawn.subscribe((drawing) => {
  if (drawing && drawing !== shown) strokes.value = strokesOf(drawing);
  shown = drawing;
});
/** The class of the next stroke. */
const chosen = signal(1);
const cursor = signal({ x: 0.5, y: 0.5, shown: false });
const count = () => strokes.value.reduce((sum, { points }) => sum + points.length / 2, 0);

/** One for each run of points of a class. @param {typeof drawn.value} drawing */
function strokesOf(drawing) {
  /** @type {Stroke[]} */
  const all = [];
  const { points, labels } = drawing ?? { points: [], labels: null };
  for (let i = 0; i < points.length / 2; i++) {
    const of = labels ? Number(labels.names[labels.of[i]]) : 1;
    if (all.at(-1)?.of !== of) all.push({ of, points: [] });
    all.at(-1)?.points.push(points[2 * i], points[2 * i + 1]);
  }
  return all;
}

const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
const inside = (/** @type {number} */ value) => Math.min(1, Math.max(0, value));

/** @param {number} x @param {number} y @param {number} dots */
function drop(x, y, dots) {
  const last = strokes.value.at(-1);
  if (!last || count() >= MOST) return;
  for (let i = 0; i < dots; i++) last.points.push(inside(x + SPREAD * normal()), inside(y + SPREAD * normal()));
  strokes.value = [...strokes.value];
}

const begin = () => (strokes.value = [...strokes.value, { of: chosen.value, points: [] }]);
const undo = () => (strokes.value = strokes.value.slice(0, -1));
function clear() {
  strokes.value = [];
  chosen.value = 1;
}

function use() {
  const all = strokes.value;
  const points = Float32Array.from(all.flatMap((stroke) => stroke.points));
  const classes = all.flatMap((stroke) => Array.from({ length: stroke.points.length / 2 }, () => String(stroke.of)));
  shown = { points, labels: labelling("", classes) };
  drawn.value = shown;
  void useOwn("drawn");
}

export function DrawBoard() {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  // It opens below what was pressed, often below the screen.
  useEffect(() => canvas.current?.parentElement?.scrollIntoView({ block: "nearest" }), []);
  const [, redraw] = useState(0);
  useEffect(() => onPixelRatio(() => redraw((count) => count + 1)), []);
  const drawing = useRef(/** @type {{ x: number, y: number } | null} */ (null));
  const all = strokes.value;
  const spot = cursor.value;
  const total = count();
  const largest = Math.max(chosen.value, ...all.map(({ of }) => of));

  useEffect(() => {
    const board = canvas.current;
    const context = board?.getContext("2d");
    if (!board || !context) return;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const size = board.clientWidth;
    if (board.width !== Math.round(size * ratio)) board.width = board.height = Math.round(size * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, size, size);
    for (const { of, points } of all) {
      context.fillStyle = largest > 1 ? classInk(of - 1) : "rgb(214 218 230 / 0.8)";
      for (let i = 0; i < points.length; i += 2)
        context.fillRect(points[i] * size - 1, (1 - points[i + 1]) * size - 1, 2, 2);
    }
    if (!all.length) {
      context.fillStyle = "#a3a9b8";
      context.font = `15px ${getComputedStyle(board).fontFamily}`;
      context.textAlign = "center";
      context.fillText("Draw here", size / 2, size / 2 - 10);
      context.fillText(`${LEAST} points at least`, size / 2, size / 2 + 14);
    }
    if (spot.shown) {
      context.strokeStyle = "#fff";
      context.lineWidth = 1.5;
      const [x, y] = [spot.x * size, (1 - spot.y) * size];
      context.beginPath();
      context.arc(x, y, 9, 0, 2 * Math.PI);
      context.moveTo(x - 4, y);
      context.lineTo(x + 4, y);
      context.moveTo(x, y - 4);
      context.lineTo(x, y + 4);
      context.stroke();
    }
  });

  /** @param {PointerEvent} event */
  const place = (event) => {
    const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: 1 - (event.clientY - box.top) / box.height };
  };
  /** @param {PointerEvent} event */
  const end = (event) => {
    if (event.isPrimary) drawing.current = null;
  };
  /** @param {KeyboardEvent} event */
  const key = (event) => {
    const far = event.shiftKey ? 0.1 : 0.025;
    const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, far], ArrowDown: [0, -far] };
    const move = moves[/** @type {keyof typeof moves} */ (event.key)];
    if (move) cursor.value = { x: inside(spot.x + move[0]), y: inside(spot.y + move[1]), shown: true };
    else if (event.key === " " || event.key === "Enter") {
      begin();
      drop(spot.x, spot.y, 10);
    } else if (event.key === "Backspace" || event.key === "Delete") undo();
    else if (/^[1-9]$/.test(event.key)) chosen.value = Number(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const changed = total >= LEAST;
  return (
    <div class="board" role="group" aria-label="Draw points">
      <canvas
        ref={canvas}
        tabIndex={0}
        data-keys
        role="application"
        aria-roledescription="drawing board"
        aria-label={`Drawing board, ${counted(total, "point")}. Arrow keys move the cursor, space drops points, backspace takes the last ones back, numbers choose their class.`}
        onFocus={() => {
          if (canvas.current?.matches(":focus-visible")) cursor.value = { ...spot, shown: true };
        }}
        onBlur={() => (cursor.value = { ...spot, shown: false })}
        onKeyDown={key}
        onPointerDown={(event) => {
          if (!event.isPrimary || event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          drawing.current = place(event);
          begin();
          drop(drawing.current.x, drawing.current.y, 4);
        }}
        onPointerLeave={() => (cursor.value = { ...cursor.peek(), shown: false })}
        onPointerMove={(event) => {
          if (!event.isPrimary) return;
          const from = drawing.current;
          const to = place(event);
          if (event.pointerType === "mouse") cursor.value = { ...to, shown: true };
          if (!from) return;
          const far = Math.hypot(to.x - from.x, to.y - from.y);
          const parts = Math.floor(far / 0.012);
          if (parts < 1) return;
          for (let i = 1; i <= parts; i++)
            drop(from.x + ((to.x - from.x) * i) / parts, from.y + ((to.y - from.y) * i) / parts, 2);
          drawing.current = to;
        }}
        onPointerUp={end}
        onPointerCancel={end}
      />
      <div class="board-side">
        <p>
          Draw with a finger or the mouse. By keyboard: arrows move the cursor (with shift, further), space drops
          points, 1 to 9 choose a class.
        </p>
        <div class="board-classes" role="radiogroup" aria-label="Class of the next points">
          <span>Class</span>
          {Array.from({ length: Math.min(largest + 1, MOST_CLASSES) }, (_, i) => (
            <label key={i}>
              <input
                type="radio"
                name="board-class"
                checked={chosen.value === i + 1}
                onChange={() => (chosen.value = i + 1)}
              />
              <i style={{ background: classInk(i) }} aria-hidden="true" />
              <span>{i + 1}</span>
            </label>
          ))}
        </div>
        <p class="quiet" role="status">
          <span class="figure">{counted(total, "point")}</span>
          {total < LEAST
            ? `; ${LEAST - total} more to go.`
            : total > LINK_POINTS
              ? `: too many for the link (${LINK_POINTS} fit).`
              : ": they travel in the link."}
        </p>
        <div class="row">
          <button type="button" class="solid" disabled={!changed} onClick={use}>
            {settings.value.data === "drawn" ? "Use the new drawing" : "Use this drawing"}
          </button>
          <button type="button" disabled={!all.length} onClick={undo}>
            Undo
          </button>
          <button type="button" disabled={!all.length} onClick={clear}>
            Clear
          </button>
        </div>
      </div>
    </div>
  );
}
