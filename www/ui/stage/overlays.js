/** What can be laid over a lane: the paths the points have taken, the velocity that carries them, other points. */
import { FIELD_REACH } from "../../store/lanes/field.js";

/** @typedef {import("../../store/lanes/lanes.js").Lane} Lane */

const PATHS = 44; // points whose path is drawn
const DOTS = 2000; // other points, at most
const SHADES = 5; // of arrows, from the rim to the middle
const FADE = 26; // groups of segments, each one fainter with age

/**
 * The paths of a few points up to now: the newest part is the clearest, and a dot marks each whole step, where the
 * sampler evaluated the network.
 * @param {CanvasRenderingContext2D} context @param {Lane} lane @param {{ low: number, high: number, weight: number }} at
 * @param {{ scale: number, middle: number }} plane @param {string} colour as "r g b" @param {number} ratio @param {number} veil
 */
export function drawPaths(context, lane, at, { scale, middle }, colour, ratio, veil) {
  const { frames, points, step } = lane;
  const { width } = context.canvas;
  const count = Math.min(PATHS, points);
  const size = points * 2;
  const last = at.low;
  /** @param {number} frame @param {number} point */
  const x = (frame, point) => width / 2 + scale * frames[frame * size + 2 * point];
  /** @param {number} frame @param {number} point */
  const y = (frame, point) => middle - scale * frames[frame * size + 2 * point + 1];
  const parts = Math.max(1, Math.min(FADE, last + 1));
  context.lineWidth = 1.1 * ratio;
  context.lineJoin = "round";
  for (let part = 0; part < parts; part++) {
    const from = Math.round((part / parts) * last);
    const to = Math.round(((part + 1) / parts) * last);
    const age = 1 - (part + 1) / parts;
    context.beginPath();
    for (let point = 0; point < count; point++) {
      context.moveTo(x(from, point), y(from, point));
      for (let frame = from + 1; frame <= to; frame++) context.lineTo(x(frame, point), y(frame, point));
      if (part === parts - 1) {
        context.lineTo(
          x(at.low, point) + at.weight * (x(at.high, point) - x(at.low, point)),
          y(at.low, point) + at.weight * (y(at.high, point) - y(at.low, point)),
        );
      }
    }
    context.strokeStyle = `rgb(${colour} / ${veil * (0.1 + 0.5 * (1 - age) ** 1.6)})`;
    context.stroke();
  }
  if (lane.steps > 40) return;
  context.beginPath();
  for (let frame = 0; frame <= last; frame++) {
    if (Math.abs(step[frame] - Math.round(step[frame])) > 1e-4) continue;
    for (let point = 0; point < count; point++) {
      const [px, py] = [x(frame, point), y(frame, point)];
      context.moveTo(px + 1.5 * ratio, py);
      context.arc(px, py, 1.5 * ratio, 0, 2 * Math.PI);
    }
  }
  context.fillStyle = `rgb(${colour} / ${0.7 * veil})`;
  context.fill();
}

/**
 * The whole path of one point, what is to come of it faint, with a ring where it is now.
 * @param {CanvasRenderingContext2D} context @param {Lane} lane @param {number} point @param {{ low: number, high: number, weight: number }} at
 * @param {{ scale: number, middle: number }} plane @param {number} ratio
 */
export function drawFollowed(context, lane, point, at, { scale, middle }, ratio) {
  const { frames, points, step, have } = lane;
  if (point >= points) return;
  const { width } = context.canvas;
  /** @param {number} frame @returns {[number, number]} */
  const place = (frame) => {
    const k = 2 * (frame * points + point);
    return [width / 2 + scale * frames[k], middle - scale * frames[k + 1]];
  };
  const [from, to] = [place(at.low), place(at.high)];
  /** @type {[number, number]} */
  const now = [from[0] + at.weight * (to[0] - from[0]), from[1] + at.weight * (to[1] - from[1])];
  /** @param {[number, number][]} way @param {number} alpha */
  const line = (way, alpha) => {
    context.beginPath();
    for (const [x, y] of way) context.lineTo(x, y);
    context.strokeStyle = `rgb(255 255 255 / ${alpha})`;
    context.stroke();
  };
  const all = Array.from({ length: have }, (_, frame) => place(frame));
  context.lineWidth = 2 * ratio;
  context.lineJoin = "round";
  line([now, ...all.slice(at.high)], 0.35);
  line([...all.slice(0, at.low + 1), now], 0.95);
  context.fillStyle = "#fff";
  if (lane.steps <= 40)
    for (const [frame, [x, y]] of all.entries()) {
      if (Math.abs(step[frame] - Math.round(step[frame])) > 1e-4) continue;
      context.beginPath();
      context.arc(x, y, 2.5 * ratio, 0, 2 * Math.PI);
      context.fill();
    }
  context.beginPath();
  context.arc(now[0], now[1], 6 * ratio, 0, 2 * Math.PI);
  context.strokeStyle = "#fff";
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ columns: number, rows: number, arrows: Float32Array }} grid arrows over the square [-3, 3]
 * @param {{ scale: number, middle: number }} plane @param {number} ratio
 * @param {string} colour as "r g b"
 */
export function drawField(context, grid, { scale, middle }, ratio, colour) {
  const { width } = context.canvas;
  const { columns, rows, arrows } = grid;
  const reach = FIELD_REACH;
  const cell = ((2 * reach) / columns) * scale;
  // Fainter towards the rim, where there is little to carry and words are near: one path for each shade.
  const shades = Array.from({ length: SHADES }, () => new Path2D());
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const k = 2 * (row * columns + column);
      const [u, v] = [arrows[k], -arrows[k + 1]];
      const size = Math.hypot(u, v);
      if (!(size > 1e-6)) continue;
      const [px, py] = [-reach + ((column + 0.5) / columns) * 2 * reach, reach - ((row + 0.5) / rows) * 2 * reach];
      const shade = Math.floor(SHADES * (1.2 - Math.hypot(px, py) / reach));
      if (shade < 0) continue;
      // Length grows with speed but stays inside its cell.
      const length = cell * 0.82 * (size / (size + 0.6));
      const [dx, dy] = [(u / size) * length, (v / size) * length];
      const [x, y] = [width / 2 + scale * px - dx / 2, middle - scale * py - dy / 2];
      const [ex, ey] = [x + dx, y + dy];
      const head = Math.min(length * 0.35, 4 * ratio) / length;
      const path = shades[Math.min(SHADES - 1, shade)];
      path.moveTo(x, y);
      path.lineTo(ex, ey);
      path.moveTo(ex - head * (dx * 0.9 - dy * 0.55), ey - head * (dy * 0.9 + dx * 0.55));
      path.lineTo(ex, ey);
      path.lineTo(ex - head * (dx * 0.9 + dy * 0.55), ey - head * (dy * 0.9 - dx * 0.55));
    }
  }
  context.lineWidth = ratio;
  shades.forEach((path, shade) => {
    context.strokeStyle = `rgb(${colour} / ${(0.6 * (shade + 1)) / SHADES})`;
    context.stroke(path);
  });
}

/**
 * Other points than the lane's.
 * @param {CanvasRenderingContext2D} context @param {Float32Array} states [frame, point, 2] @param {number} count points of one frame
 * @param {{ low: number, high: number, weight: number }} at two frames, and the weight of the second
 * @param {{ scale: number, middle: number }} plane @param {string} colour as "r g b" @param {number} ratio
 */
export function drawDots(context, states, count, { low, high, weight }, { scale, middle }, colour, ratio) {
  const [from, to] = [2 * count * low, 2 * count * high];
  const [size, centre] = [2.2 * ratio, context.canvas.width / 2];
  context.fillStyle = `rgb(${colour} / 0.85)`;
  for (let i = 0; i < 2 * Math.min(DOTS, count); i += 2) {
    const [x, y] = [0, 1].map((k) => states[from + i + k] + weight * (states[to + i + k] - states[from + i + k]));
    context.fillRect(centre + scale * x - size / 2, middle - scale * y - size / 2, size, size);
  }
}
