/** What a run that is kept by name consists of, beyond the run itself, and the file that it travels in. Pure. */
import { readRun, VERSION } from "./record.js";

/**
 * @typedef {import("./snapshots.js").Snapshot} Snapshot
 * @typedef {import("../lanes/lanes.js").Lane} Lane
 * @typedef {import("./record.js").Kept & { name: string, picture: Lane | null }} NamedRun `picture` is the last lane as it was
 */

export const LONGEST_NAME = 60;
/** Numbers of a picture's states that are kept: a few dozen states of points, a handful of images. */
const MOST_NUMBERS = 150_000;
const KIND = "fewsteps run";

/** A lane with fewer states between its first and its last, so that it can be kept. @param {Lane} lane @returns {Lane} */
export function thinned(lane) {
  const size = lane.points * lane.dimension;
  const count = Math.max(2, Math.min(lane.have, Math.floor(MOST_NUMBERS / size)));
  const picks = Array.from({ length: count }, (_, i) => Math.round((i * (lane.have - 1)) / (count - 1)));
  const frames = new Float32Array(count * size);
  const errors = new Float32Array(2 * count);
  picks.forEach((from, to) => {
    frames.set(lane.frames.subarray(from * size, (from + 1) * size), to * size);
    errors.set(lane.errors.subarray(2 * from, 2 * from + 2), 2 * to);
  });
  const { run, ...setting } = lane.setting;
  return {
    ...lane,
    setting,
    frames,
    errors,
    denoised: [],
    sigmas: Float32Array.from(picks, (at) => lane.sigmas[at]),
    step: Float32Array.from(picks, (at) => lane.step[at]),
    total: count,
    have: count,
    spent: lane.spent.filter((_, i, all) => i === 0 || i === all.length - 1),
  };
}

/** @param {unknown} value @returns {value is Record<string, any>} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {any} found @param {Snapshot["settings"]} settings @returns {Lane | null} */
function readPicture(found, { lanes }) {
  if (!isObject(found)) return null;
  const { points, dimension, total, frames, errors, sigmas, step, spent, kind, classes } = found;
  const counts = [points, dimension, total, found.steps, found.budget, found.evaluations];
  const columns = [
    [frames, total * points * dimension],
    [errors, 2 * total],
    [sigmas, total],
    [step, total],
  ];
  const fits =
    counts.every((count) => Number.isInteger(count) && count > 0) &&
    found.have === total &&
    total > 1 &&
    columns.every(([column, length]) => column instanceof Float32Array && column.length === length) &&
    frames.every(Number.isFinite) &&
    Number.isFinite(found.cost) &&
    ["points", "images"].includes(kind) &&
    (kind === "images" || dimension <= 2) &&
    Array.isArray(spent) &&
    spent.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isFinite)) &&
    (classes === null || (classes instanceof Uint8Array && classes.length >= points));
  if (!fits) return null;
  // What it ran is what the settings say of the last lane.
  const rest = /** @type {Lane} */ (found);
  return { ...rest, denoised: [], setting: lanes[lanes.length - 1] };
}

/** The run that was stored or opened; null where what is there is none. @param {unknown} found @returns {NamedRun | null} */
export function readNamed(found) {
  const run = readRun(found);
  if (!run || !isObject(found)) return null;
  const name = typeof found.name === "string" ? found.name.trim().slice(0, LONGEST_NAME) : "";
  return { ...run, name: name || "A run", picture: readPicture(found.picture, run.settings) };
}

const ARRAYS = { Uint8Array, Float32Array };

/** @param {ArrayBufferView} array */
function base64(array) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** A run as a file, in JSON: arrays as base64, numbers that are none by name. @param {NamedRun} run */
export function packRun(run) {
  // Columns of a table that are no points stay behind.
  const { name, points, labels, typed } = run.uploaded ?? {};
  const uploaded = run.uploaded && { name, points, labels, typed };
  return JSON.stringify({ kind: KIND, version: VERSION, ...run, uploaded }, (_, value) => {
    if (value instanceof Uint8Array) return { Uint8Array: base64(value) };
    if (value instanceof Float32Array) return { Float32Array: base64(value) };
    return typeof value === "number" && Number.isNaN(value) ? { number: "NaN" } : value;
  });
}

/** @param {string} text @returns {NamedRun | string} the run, or a sentence on why it is none */
export function unpackRun(text) {
  let found;
  try {
    found = JSON.parse(text, (_, value) => {
      if (!isObject(value)) return value;
      const [name, ...others] = Object.keys(value);
      if (others.length) return value;
      if (name === "number") return NaN;
      if (name !== "Uint8Array" && name !== "Float32Array") return value;
      const bytes = Uint8Array.from(atob(value[name]), (letter) => letter.charCodeAt(0));
      return new ARRAYS[name](bytes.buffer);
    });
  } catch {
    return "It is damaged, or no JSON.";
  }
  if (!isObject(found) || found.kind !== KIND) return "It is no run that this page saved.";
  if (found.version !== VERSION) return "It is of another version of this page, which keeps runs in another way.";
  return readNamed(found) ?? "It is damaged.";
}
