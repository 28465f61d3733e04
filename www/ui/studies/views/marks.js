/** What a chart shows of its curves beyond lines: marks, uncertainties, slopes. For the chart itself, and for files of it. */

/** @typedef {import("./curves.js").Curve} Curve */

/**
 * Where and how a chart is drawn.
 * @typedef {object} Plane
 * @property {CanvasRenderingContext2D} ctx
 * @property {number} ratio pixels of `ctx` for one of CSS
 * @property {{ left: number, top: number, width: number, height: number }} box of the curves
 * @property {(value: number, scale: string) => number} at place of a value on a scale: "x", "y" or "other"
 * @property {[boolean, boolean]} log
 * @property {boolean} dots in place of lines
 * @property {(curve: Curve) => string} colour
 * @property {string} family of its type
 */

/** Nothing is drawn outside the curves' box. @param {Plane} plane */
export function clip({ ctx, box }) {
  ctx.beginPath();
  ctx.rect(box.left, box.top, box.width, box.height);
  ctx.clip();
}

/** Scale of the axis up that a curve belongs to. @param {Curve} curve */
export const scaleOf = ({ line }) => (line === "other" ? "other" : "y");

/** Whether a point has a place: a logarithm has none for what is not above zero. @param {Plane["log"]} log @param {Curve} curve @param {number} i */
export const drawable = (log, { x, y }, i) => (!log[0] || x[i] > 0) && (!log[1] || y[i] > 0);

/** Uncertainty as bars, and a mark of its own shape for every curve. @param {Plane} plane @param {Curve[]} curves */
export function drawMarks(plane, curves) {
  const { ctx, ratio, dots, log, at } = plane;
  ctx.save();
  clip(plane);
  for (const curve of curves) {
    if (!dots && curve.line !== "measured") continue;
    const scale = scaleOf(curve);
    ctx.strokeStyle = ctx.fillStyle = plane.colour(curve);
    ctx.lineWidth = ratio;
    const many = curve.x.length > 60;
    const size = (dots ? (many ? 1.6 : 4) : many ? 1.2 : 3.4) * ratio;
    if (dots) ctx.globalAlpha = curve.x.length > 300 ? 0.5 : 0.8;
    for (let i = 0; i < curve.x.length; i++) {
      if (!drawable(log, curve, i)) continue;
      const [x, y] = [at(curve.x[i], "x"), at(curve.y[i], scale)];
      const error = curve.error?.[i] ?? 0;
      if (error > 0) bar(plane, scale, x, curve.y[i], error);
      mark(ctx, many ? 0 : curve.colour, x, y, size);
    }
    ctx.globalAlpha = 1;
  }
  ctx.restore();
  drawSlopes(plane, curves);
}

/** Each slope beside the end of its curve; those that would cover each other are moved apart. @param {Plane} plane @param {Curve[]} curves */
function drawSlopes(plane, curves) {
  const { ctx, box, ratio, at } = plane;
  const line = 14 * ratio;
  const ends = curves.flatMap((curve) => {
    const { slope, x, y } = curve;
    const last = y.findLastIndex((value, i) => value > 0 && x[i] > 0);
    return slope && last >= 0
      ? [{ y: at(y[last], "y"), text: slope.slope.toFixed(2).replace("-", "−"), colour: plane.colour(curve) }]
      : [];
  });
  ends.sort((a, b) => a.y - b.y);
  for (const [i, end] of ends.entries()) end.y = Math.max(end.y, i ? ends[i - 1].y + line : box.top);
  for (let i = ends.length - 1; i >= 0; i--)
    ends[i].y = Math.min(ends[i].y, (i + 1 < ends.length ? ends[i + 1].y : box.top + box.height + line) - line);
  ctx.save();
  ctx.font = `${12 * ratio}px ${plane.family}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const { y, text, colour } of ends) {
    ctx.fillStyle = colour;
    ctx.fillText(text, box.left + box.width + 6 * ratio, y);
  }
  ctx.restore();
}

/** @param {Plane} plane @param {string} scale @param {number} x @param {number} value @param {number} error */
function bar({ ctx, ratio, log, at }, scale, x, value, error) {
  const low = log[1] && scale === "y" ? Math.max(value - error, value / 1e3) : value - error;
  const [top, bottom] = [at(value + error, scale), at(low, scale)];
  if (bottom - top < 2 * ratio) return;
  const foot = 3 * ratio;
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, bottom);
  for (const y of [top, bottom]) {
    ctx.moveTo(x - foot, y);
    ctx.lineTo(x + foot, y);
  }
  ctx.stroke();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} shape @param {number} x @param {number} y @param {number} size */
function mark(ctx, shape, x, y, size) {
  ctx.beginPath();
  switch (shape % 4) {
    case 0:
      ctx.arc(x, y, size, 0, 2 * Math.PI);
      break;
    case 1:
      ctx.rect(x - 0.9 * size, y - 0.9 * size, 1.8 * size, 1.8 * size);
      break;
    case 2:
      ctx.moveTo(x, y - 1.2 * size);
      ctx.lineTo(x + 1.1 * size, y + 0.8 * size);
      ctx.lineTo(x - 1.1 * size, y + 0.8 * size);
      ctx.closePath();
      break;
    default:
      ctx.moveTo(x, y - 1.3 * size);
      ctx.lineTo(x + 1.3 * size, y);
      ctx.lineTo(x, y + 1.3 * size);
      ctx.lineTo(x - 1.3 * size, y);
      ctx.closePath();
  }
  ctx.fill();
}
