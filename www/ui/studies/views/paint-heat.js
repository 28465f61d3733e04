/** A heat map on a canvas: cells as pixels of a small image that is drawn large, curves over it, numbers at its edges. */

import { colour } from "../../controls/colour.js";
import { text } from "./numbers.js";
import { painters } from "./vectors.js";

/**
 * @typedef {object} Painted
 * @property {string} label
 * @property {number[]} values one column after the other
 * @property {number[]} columns
 * @property {number[]} rows
 * @property {number} brightest
 * @property {{ x: string, y: string }} axes the one up is named above the picture, where its name has room
 * @property {[number, number][][]} paths
 */

/** Room for the axes, in CSS pixels. */
export const margins = { leftMargin: 28, bottomMargin: 34 };

/** From no light to all of it; the stage's own field, so that a picture looks the same in both themes. */
const STOPS = [
  [11, 13, 19],
  [43, 52, 84],
  [112, 112, 150],
  [206, 184, 176],
  [255, 246, 218],
];

/** @param {number} share from 0 to 1 */
function shade(share) {
  const at = Math.min(1, Math.max(0, share)) ** 0.6 * (STOPS.length - 1);
  const below = Math.min(STOPS.length - 2, Math.floor(at));
  const part = at - below;
  return STOPS[below].map((value, i) => value + part * (STOPS[below + 1][i] - value));
}

/** All shades from left to right. @param {HTMLCanvasElement} canvas one pixel high */
export function paintRamp(canvas) {
  const image = new ImageData(canvas.width, 1);
  for (let i = 0; i < canvas.width; i++) image.data.set([...shade(i / (canvas.width - 1)), 255], 4 * i);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/** Round numbers along an axis, about `count` of them. @param {number[]} all @param {number} count */
function ticks(all, count) {
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(6)),
  );
}

/** @param {HTMLCanvasElement} canvas @param {Painted} painted */
export function paint(canvas, painted) {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width || !height || !painted.columns.length || !painted.rows.length) return;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const ctx = canvas.getContext("2d");
  if (!ctx) return;
  ctx.scale(ratio, ratio);
  painters.set(canvas, (ctx) => draw(ctx, canvas, painted));
  draw(ctx, canvas, painted);
}

/** @param {CanvasRenderingContext2D} ctx in CSS pixels @param {HTMLCanvasElement} canvas whose size and type it has @param {Painted} painted */
function draw(ctx, canvas, { values, columns, rows, brightest, axes, paths }) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const { leftMargin: left, bottomMargin: bottom } = margins;
  const [w, h] = [width - left, height - bottom];
  const image = new ImageData(columns.length, rows.length);
  const whole = Math.floor(values.length / rows.length);
  for (let column = 0; column < columns.length; column++)
    for (let row = 0; row < rows.length; row++) {
      const value = column < whole ? values[column * rows.length + row] : NaN;
      const [r, g, b] = shade(Number.isFinite(value) ? value / (brightest || 1) : 0);
      image.data.set([r, g, b, 255], 4 * ((rows.length - 1 - row) * columns.length + column));
    }
  const small = document.createElement("canvas");
  [small.width, small.height] = [columns.length, rows.length];
  small.getContext("2d")?.putImageData(image, 0, 0);
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(small, left, 0, w, h);
  // Columns may stand at uneven values: they are drawn side by side, and read off by their own numbers.
  const place = (/** @type {number[]} */ all, /** @type {number} */ value) => {
    const rising = all[all.length - 1] > all[0];
    const over = all.findIndex((other) => (rising ? other >= value : other <= value));
    if (over < 0) return all.length - 0.5;
    if (over === 0) return 0.5;
    return over - 0.5 + (value - all[over - 1]) / (all[over] - all[over - 1]);
  };
  const at = (/** @type {[number, number]} */ [x, y]) => [
    left + (w * place(columns, x)) / columns.length,
    h - (h * place(rows, y)) / rows.length,
  ];
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, 0, w, h);
  ctx.clip();
  ctx.strokeStyle = "rgb(76 182 255 / 0.45)";
  ctx.lineWidth = 1;
  for (const path of paths) {
    ctx.beginPath();
    for (const [i, point] of path.entries()) {
      const [x, y] = at(point);
      if (i) ctx.lineTo(x, y);
      else ctx.moveTo(x, y);
    }
    ctx.stroke();
  }
  ctx.restore();
  ctx.fillStyle = colour(canvas, "--ink-2");
  ctx.font = `12px ${getComputedStyle(canvas).fontFamily}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "top";
  for (const value of ticks(columns, w > 240 ? 6 : 4)) {
    const half = ctx.measureText(text(value)).width / 2;
    ctx.fillText(text(value), Math.min(width - half, left + (w * place(columns, value)) / columns.length), h + 4);
  }
  ctx.fillText(axes.x, left + w / 2, h + 18);
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const value of ticks(rows, 6)) ctx.fillText(text(value), left - 5, h - (h * place(rows, value)) / rows.length);
}
