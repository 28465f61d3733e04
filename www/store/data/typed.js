/** Points of a typed curve or density: seeded, so that the same formula is the same data. Pure. */
import { parseFormula } from "./formula.js";

/**
 * @typedef {{ kind: "curve", x: string, y: string, from: string, to: string, spread: number }} Curve `spread` of its points around it, in
 * parts of the curve's size
 * @typedef {{ kind: "density", density: string, reach: number }} DensityOf not normalised, on the square from `-reach` to `reach`
 * @typedef {{ field: string, message: string, at: number | null }} TypedError `at`: the character, where one is at fault
 */

const POINTS = 4000;
/** Cells of the square along a side. */
const CELLS = 240;

/** Uniform in (0, 1). */
function generator() {
  let state = 0x2545f491;
  return () => {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
}

/** @param {string} field @param {string} message @param {number | null} [at] @returns {{ error: TypedError }} */
const wrong = (field, message, at = null) => ({ error: { field, message, at } });
const text = (/** @type {number} */ value) => String(Number(value.toPrecision(4)));

/** @param {Curve | DensityOf} typed @returns {{ points: Float32Array, error?: undefined } | { error: TypedError, points?: undefined }} points [n, 2] */
export const pointsOfTyped = (typed) => (typed.kind === "curve" ? ofCurve(typed) : ofDensity(typed));

/** @param {Curve} curve */
function ofCurve(curve) {
  /** @type {Record<string, import("./formula.js").Compiled>} */
  const parts = {};
  for (const [field, variables] of /** @type {const} */ ([
    ["x", ["t"]],
    ["y", ["t"]],
    ["from", []],
    ["to", []],
  ])) {
    const { run, error } = parseFormula(curve[field], [...variables]);
    if (error) return wrong(field, error.message, error.at);
    parts[field] = run;
  }
  const [from, to] = [parts.from([]), parts.to([])];
  if (!Number.isFinite(from)) return wrong("from", "it is no number");
  if (!Number.isFinite(to) || to === from) return wrong("to", "it is no number, or the same as where t begins");
  const points = new Float32Array(2 * POINTS);
  const exact = new Float64Array(2 * POINTS);
  for (let i = 0; i < POINTS; i++) {
    const t = from + ((i + 0.5) * (to - from)) / POINTS;
    for (const [k, field] of ["x", "y"].entries()) {
      const value = parts[field]([t]);
      if (!Number.isFinite(value)) return wrong(field, `it is no number at t = ${text(t)}`);
      exact[2 * i + k] = value;
    }
  }
  const size = Math.max(...[0, 1].map((k) => range(exact, k)));
  if (!(size > 0)) return wrong("x", "the curve is one point");
  const random = generator();
  for (let i = 0; i < points.length; i++) {
    const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
    points[i] = exact[i] / size + curve.spread * normal;
  }
  return { points };
}

/** Between the least and the largest of a coordinate. @param {Float64Array} points @param {number} k */
function range(points, k) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = k; i < points.length; i += 2) [low, high] = [Math.min(low, points[i]), Math.max(high, points[i])];
  return high - low;
}

/** @param {DensityOf} typed */
function ofDensity({ density, reach }) {
  const { run, error } = parseFormula(density, ["x", "y"]);
  if (error) return wrong("density", error.message, error.at);
  const middle = (/** @type {number} */ cell) => reach * ((2 * (cell + 0.5)) / CELLS - 1);
  const sums = new Float64Array(CELLS * CELLS);
  let sum = 0;
  for (let at = 0; at < sums.length; at++) {
    const [x, y] = [middle(at % CELLS), middle(Math.floor(at / CELLS))];
    const value = run([x, y]);
    const place = `at x = ${text(x)}, y = ${text(y)}`;
    if (!Number.isFinite(value)) return wrong("density", `it is no number ${place}`);
    if (value < 0) return wrong("density", `it is negative ${place}, which no density is`);
    sum += value;
    sums[at] = sum;
  }
  if (!(sum > 0) || !Number.isFinite(sum)) return wrong("density", "it is zero everywhere, or beyond all measure");
  const random = generator();
  const points = new Float32Array(2 * POINTS);
  for (let i = 0; i < POINTS; i++) {
    const wanted = random() * sum;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const half = (low + high) >> 1;
      if (sums[half] < wanted) low = half + 1;
      else high = half;
    }
    // Anywhere in the cell.
    points[2 * i] = middle(low % CELLS) + ((random() - 0.5) * 2 * reach) / CELLS;
    points[2 * i + 1] = middle(Math.floor(low / CELLS)) + ((random() - 0.5) * 2 * reach) / CELLS;
  }
  const first = points.slice(0, 2);
  if (points.every((value, i) => value === first[i % 2])) return wrong("density", "all points are in one place");
  return { points };
}
