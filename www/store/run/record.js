/** Kept runs as they come back from the browser's storage: anything may be there, and nothing of it is believed. Pure. */
import { MOST_CLASSES } from "../data/limits.js";
import { defaults, findField, PIXELS } from "../settings/table.js";
import { format, parse } from "../settings/text.js";
import { isTyped } from "../settings/typed-link.js";

/** @typedef {import("./snapshots.js").Snapshot} Snapshot */
/** @typedef {Snapshot & { time: number }} Kept */

/** The layout of what is stored; another one is not understood. */
export const VERSION = 2;
const MOST_BYTES = 60e6;
const MOST_STEPS = 1e9;

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** @param {unknown} value @returns {value is number} */
const isCount = (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MOST_STEPS;
/** @param {unknown} value @returns {value is Uint8Array} */
const isWeights = (value) => value instanceof Uint8Array && value.length > 8 && value.length < MOST_BYTES;
/** What training goes on from; a run does without where it is something else. @param {unknown} value */
const stateOf = (value) => (isWeights(value) ? { state: value } : {});
/** @param {unknown} value @returns {value is Float32Array} */
const isPoints = (value) =>
  value instanceof Float32Array && value.length % 2 === 0 && value.length >= 100 && value.every(Number.isFinite);

/** @param {unknown} value @param {number} count of points */
const isLabels = (value, count) =>
  isObject(value) &&
  Array.isArray(value.names) &&
  value.names.length <= MOST_CLASSES &&
  value.names.every((name) => typeof name === "string") &&
  value.of instanceof Uint8Array &&
  value.of.length === count &&
  value.of.every((one) => one < /** @type {string[]} */ (value.names).length);
/** @param {unknown} value @returns {value is { points: Float32Array } & Record<string, unknown>} */
const isOwn = (value) =>
  isObject(value) && isPoints(value.points) && (!value.labels || isLabels(value.labels, value.points.length / 2));
/** @param {unknown} value */
const isUploaded = (value) => isOwn(value) && typeof value.name === "string" && (!value.typed || isTyped(value.typed));
/** Drawings were points alone before they had classes. @param {unknown} value */
const drawingOf = (value) => (isPoints(value) ? { points: value, labels: null } : value);

/** The run that was stored; null where what is there is none. @param {unknown} found @returns {Kept | null} */
export function readRun(found) {
  if (!isObject(found) || found.version !== VERSION) return null;
  const { time, bytes, step, budget, uploaded = null, images = null, file } = found;
  const drawn = drawingOf(found.drawn ?? null);
  const settings = settingsOf(found.settings);
  const fits =
    settings !== null &&
    isWeights(bytes) &&
    isCount(step) &&
    isCount(budget) &&
    typeof time === "number" &&
    Number.isFinite(new Date(time).getTime()) &&
    typeof file === "string" &&
    (drawn === null || isOwn(drawn)) &&
    (uploaded === null || isUploaded(uploaded)) &&
    (images === null || (images instanceof Uint8Array && images.length > 0 && images.length % PIXELS === 0));
  if (!fits) return null;
  const own = { drawn, uploaded, images }[/** @type {"drawn"} */ (settings.data)];
  if (own === null) return null;
  const rest = { losses: lossesOf(found.losses), checkpoints: checkpointsOf(found.checkpoints) };
  return /** @type {Kept} */ ({
    time,
    bytes,
    ...stateOf(found.state),
    step,
    budget,
    settings,
    drawn,
    uploaded,
    images,
    file,
    ...rest,
  });
}

/** Settings within their limits, by way of their text in a link. @param {unknown} found */
function settingsOf(found) {
  if (!isObject(found) || findField("data") === undefined) return null;
  /** @type {Record<string, unknown>} */
  const values = {};
  for (const [key, value] of Object.entries(found)) {
    const entry = findField(key);
    // A setting that there was once is none now.
    if (!entry) continue;
    try {
      const read = parse(entry, format(entry, /** @type {import("../settings/table.js").Value} */ (value)));
      if (read.errors.length || read.value === undefined) return null;
      values[key] = read.value;
    } catch {
      return null;
    }
  }
  if (typeof values.data !== "string") return null;
  const data = /** @type {import("../settings/table.js").Settings["data"]} */ (values.data);
  return { ...defaults(data), ...values };
}

const COLUMNS = ["step", "noise", "noiseSmooth", "turn", "turnSmooth", "map", "mapSmooth"];

/** @param {unknown} found */
function lossesOf(found) {
  const empty = {
    losses: Object.fromEntries(COLUMNS.map((name) => [name, /** @type {number[]} */ ([])])),
    means: { noise: NaN, turn: NaN, map: NaN, seen: 0 },
  };
  if (!isObject(found) || !isObject(found.losses) || !isObject(found.means)) return empty;
  const { losses, means } = found;
  const isLoss = (/** @type {unknown} */ value) =>
    value === null || (typeof value === "number" && Number.isFinite(value));
  const columns = COLUMNS.map((name) => losses[name]);
  const [first] = columns;
  const whole =
    Array.isArray(first) &&
    columns.every((column) => Array.isArray(column) && column.length === first.length && column.every(isLoss)) &&
    Object.keys(empty.means).every((name) => typeof means[name] === "number");
  return whole ? { losses, means } : empty;
}

/** @param {unknown} found */
const checkpointsOf = (found) =>
  Array.isArray(found)
    ? found.filter(
        (one) =>
          isObject(one) &&
          isCount(one.step) &&
          isWeights(one.bytes) &&
          (one.loss === null || Number.isFinite(one.loss)),
      )
    : [];
