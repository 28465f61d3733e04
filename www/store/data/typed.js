/** Points of typed curves or densities: seeded, so that the same formula is the same data. Several are a class each. Pure. */
import { parseFormula, parseFormulas } from "./formula.js";
import { labelsOf } from "./labels.js";
import { MOST_CLASSES } from "./limits.js";

/**
 * @typedef {{ kind: "curve", x: string, y: string, from: string, to: string, spread: number }} Curve `x` and `y` may be lists, one of a
 * curve; `spread` of the points around them, in parts of their size
 * @typedef {{ kind: "density", density: string, reach: number }} DensityOf not normalised, on the square from `-reach` to `reach`; or a
 * list of them, each with its own share of the points
 * @typedef {{ points: Float32Array, labels: import("./labels.js").Labels | null, error?: undefined }} Typed points [n, 2], and their classes
 * where there are several
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

/** Classes by number. @param {number} count @param {Uint8Array} of */
const numbered = (count, of) =>
  labelsOf({ name: "", names: Array.from({ length: count }, (_, i) => String(i + 1)), of }, [...of.keys()]);

/** @param {Curve | DensityOf} typed @returns {Typed | { error: TypedError, points?: undefined, labels?: undefined }} */
export const pointsOfTyped = (typed) => (typed.kind === "curve" ? ofCurve(typed) : ofDensity(typed));

/** @param {Curve} curve */
function ofCurve(curve) {
  /** @type {Record<string, import("./formula.js").Compiled[]>} */
  const parts = {};
  for (const [field, variables] of /** @type {const} */ ([
    ["x", ["t"]],
    ["y", ["t"]],
    ["from", []],
    ["to", []],
  ])) {
    const list = variables.length > 0;
    const found = list ? parseFormulas(curve[field], [...variables]) : parseFormula(curve[field], [...variables]);
    if (found.error) return wrong(field, found.error.message, found.error.at);
    parts[field] = "runs" in found ? found.runs : [found.run];
  }
  const [from, to] = [parts.from[0]([]), parts.to[0]([])];
  if (!Number.isFinite(from)) return wrong("from", "it is no number");
  if (!Number.isFinite(to) || to === from) return wrong("to", "it is no number, or the same as where t begins");
  const count = Math.max(parts.x.length, parts.y.length);
  if (count > MOST_CLASSES) return wrong("x", `there are more than ${MOST_CLASSES} curves`);
  if ([parts.x, parts.y].some(({ length }) => length !== 1 && length !== count))
    return wrong("y", `there are ${parts.x.length} formulas across and ${parts.y.length} up`);
  const each = Math.floor(POINTS / count);
  const points = new Float32Array(2 * each * count);
  const exact = new Float64Array(points.length);
  for (let i = 0; i < each * count; i++) {
    const t = from + (((i % each) + 0.5) * (to - from)) / each;
    for (const [k, field] of ["x", "y"].entries()) {
      const runs = parts[field];
      const value = runs[Math.floor(i / each) % runs.length]([t]);
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
  return {
    points,
    labels: numbered(
      count,
      Uint8Array.from({ length: each * count }, (_, i) => Math.floor(i / each)),
    ),
  };
}

/** Between the least and the largest of a coordinate. @param {Float64Array} points @param {number} k */
function range(points, k) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = k; i < points.length; i += 2) [low, high] = [Math.min(low, points[i]), Math.max(high, points[i])];
  return high - low;
}

/** @param {DensityOf} typed */
function ofDensity({ density, reach }) {
  const { runs, error } = parseFormulas(density, ["x", "y"]);
  if (error) return wrong("density", error.message, error.at);
  if (runs.length > MOST_CLASSES) return wrong("density", `there are more than ${MOST_CLASSES} densities`);
  const middle = (/** @type {number} */ cell) => reach * ((2 * (cell + 0.5)) / CELLS - 1);
  const square = CELLS * CELLS;
  // One density after the other.
  const sums = new Float64Array(runs.length * square);
  let sum = 0;
  for (let at = 0; at < sums.length; at++) {
    const cell = at % square;
    const [x, y] = [middle(cell % CELLS), middle(Math.floor(cell / CELLS))];
    const value = runs[Math.floor(at / square)]([x, y]);
    const place = `at x = ${text(x)}, y = ${text(y)}`;
    if (!Number.isFinite(value)) return wrong("density", `it is no number ${place}`);
    if (value < 0) return wrong("density", `it is negative ${place}, which no density is`);
    sum += value;
    sums[at] = sum;
  }
  if (!(sum > 0) || !Number.isFinite(sum)) return wrong("density", "it is zero everywhere, or beyond all measure");
  const random = generator();
  const points = new Float32Array(2 * POINTS);
  const of = new Uint8Array(POINTS);
  for (let i = 0; i < POINTS; i++) {
    const wanted = random() * sum;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const half = (low + high) >> 1;
      if (sums[half] < wanted) low = half + 1;
      else high = half;
    }
    const cell = low % square;
    of[i] = Math.floor(low / square);
    // Anywhere in the cell.
    points[2 * i] = middle(cell % CELLS) + ((random() - 0.5) * 2 * reach) / CELLS;
    points[2 * i + 1] = middle(Math.floor(cell / CELLS)) + ((random() - 0.5) * 2 * reach) / CELLS;
  }
  const first = points.slice(0, 2);
  if (points.every((value, i) => value === first[i % 2])) return wrong("density", "all points are in one place");
  return { points, labels: numbered(runs.length, of) };
}
