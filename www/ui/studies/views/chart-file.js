/** A chart as lines and text for files: what its library draws on the page, at the same places. */
import { clip, drawable, drawMarks, scaleOf } from "./marks.js";

/** @typedef {{ value: number, text: string }[]} Ticks */
/** An axis up at the right, whose values are of another scale. @typedef {{ label: string, ticks: Ticks }} Other */

/**
 * @param {import("./marks.js").Plane} plane in CSS pixels
 * @param {import("./curves.js").Curve[]} curves
 * @param {{ label: string, x: Ticks, y: Ticks, other: Other | null, ink: { text: string, grid: string }, dash: Record<string, number[]> }} axes
 */
export function drawChart(plane, curves, { label, x, y, other, ink, dash }) {
  const { ctx, box, at, family } = plane;
  const [right, bottom] = [box.left + box.width, box.top + box.height];
  const places = (/** @type {Ticks} */ ticks, /** @type {string} */ scale) =>
    ticks.map(({ value, text }) => ({ text, place: at(value, scale) }));
  const [across, up] = [places(x, "x"), places(y, "y")];
  ctx.strokeStyle = ink.grid;
  ctx.lineWidth = 1;
  const line = (/** @type {[number, number]} */ from, /** @type {[number, number]} */ to) => {
    ctx.beginPath();
    ctx.moveTo(...from);
    ctx.lineTo(...to);
    ctx.stroke();
  };
  for (const { place } of across) line([place, box.top], [place, bottom]);
  for (const { place } of up) line([box.left, place], [right, place]);

  ctx.fillStyle = ink.text;
  ctx.font = `12px ${family}`;
  ctx.textBaseline = "alphabetic";
  ctx.textAlign = "center";
  for (const { place, text } of across) ctx.fillText(text, place, bottom + 16);
  ctx.textAlign = "right";
  for (const { place, text } of up) ctx.fillText(text, box.left - 5, place + 4);
  ctx.textAlign = "left";
  for (const { place, text } of places(other?.ticks ?? [], "other")) ctx.fillText(text, right + 5, place + 4);
  ctx.font = `13px ${family}`;
  ctx.textAlign = "center";
  ctx.fillText(label, box.left + box.width / 2, bottom + 44);
  if (other) {
    ctx.save();
    ctx.translate(right + 52, box.top + box.height / 2);
    ctx.rotate(Math.PI / 2);
    ctx.fillText(other.label, 0, 0);
    ctx.restore();
  }

  ctx.save();
  clip(plane);
  for (const curve of plane.dots ? [] : curves) {
    ctx.strokeStyle = plane.colour(curve);
    ctx.lineWidth = curve.line === "measured" ? 2 : 1.5;
    ctx.setLineDash(dash[curve.line]);
    ctx.beginPath();
    let begun = false;
    for (let i = 0; i < curve.x.length; i++) {
      if (!drawable(plane.log, curve, i)) continue;
      const [px, py] = [at(curve.x[i], "x"), at(curve.y[i], scaleOf(curve))];
      if (begun) ctx.lineTo(px, py);
      else ctx.moveTo(px, py);
      begun = true;
    }
    if (begun) ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.restore();
  drawMarks(plane, curves);
}
