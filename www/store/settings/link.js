/**
 * The part of the address after `#`: every setting that differs from its default, and a small drawing or a formula.
 * Nothing here knows the worker or the page; text in, settings out.
 */
import { LEAST } from "../data/limits.js";
import { fields, findField } from "./table.js";
import { format, isDefault, parse } from "./text.js";
import { readTyped, writeTyped } from "./typed-link.js";

/** @typedef {import("./table.js").Settings} Settings */
/** @typedef {import("./typed-link.js").Typed} Typed */

/** A drawing larger than this is left out of the link, and one smaller is no data. */
export const LINK_POINTS = 400;
/** Parts of a link that are named where they can't be read; the rest are counted. */
const NAMED = 4;

/**
 * @typedef {{ points: Float32Array, labels: import("../data/labels.js").Labels | null }} Drawing points of the drawing board in the unit
 * square, [n, 2], and their classes, called by their numbers
 */
/**
 * @typedef {object} Link
 * @property {Partial<Settings>} settings
 * @property {Drawing | null} drawn
 * @property {Typed | null} typed a curve or a density that is the data
 * @property {string} study the study that is open in the laboratory, as www/store/studies/text.js reads it, or nothing
 */

/** @param {Link & { settings: Settings }} state */
export function write({ settings: all, drawn, typed, study }) {
  // The visitor's images can't travel: handwritten digits, which are alike, take their place.
  const settings = all.data === "images" ? { ...all, data: /** @type {const} */ ("digits") } : all;
  const parts = fields
    .filter((entry) => !isDefault(entry, settings[entry.key], entry.key === "data" ? undefined : settings.data))
    .filter((entry) => !(entry.key === "data" && settings.data === "uploaded"))
    .map((entry) => `${entry.key}=${encodeURI(format(entry, settings[entry.key]))}`);
  if (settings.data === "uploaded" && typed) parts.push(writeTyped(typed));
  if (settings.data === "drawn" && drawn && drawn.points.length / 2 <= LINK_POINTS)
    parts.push(`drawn=${packPoints(drawn.points)}${packClasses(drawn.labels)}`);
  if (study) parts.push(`study=${encodeURI(study)}`);
  return parts.join("&");
}

/**
 * @param {string} hash with or without its `#`
 * @returns {Link & { ignored: string[] }} `ignored` holds one sentence for each part that could not be read.
 */
export function read(hash) {
  /** @type {Record<string, unknown>} */
  const values = {};
  /** @type {string[]} */
  const ignored = [];
  /** @type {Drawing | null} */
  let drawn = null;
  /** @type {Typed | null} */
  let typed = null;
  let study = "";
  let damaged = false;
  for (const part of hash.replace(/^#/, "").split("&").filter(Boolean)) {
    const [, key = "", encoded = ""] = /^([^=]*)=?(.*)$/s.exec(part) ?? [];
    const text = decoded(encoded);
    const entry = findField(key);
    if (text === null) ignored.push(`“${shorten(part)}” is not readable`);
    else if (key === "study") study = text;
    else if (key === "formula") {
      const found = readTyped(text);
      if (typeof found === "string") ignored.push(found);
      else typed = found;
    } else if (key === "drawn") {
      const [packed, ...runs] = text.split(";");
      const points = unpackPoints(packed);
      damaged = typeof points === "string";
      if (typeof points === "string") ignored.push(points);
      else {
        const labels = runs.length ? unpackClasses(runs, points.length / 2) : null;
        if (runs.length && !labels) ignored.push("the classes of the drawing are damaged");
        drawn = { points, labels };
      }
    } else if (!entry) ignored.push(`no setting is called “${shorten(key)}”`);
    else {
      const { value, errors } = parse(entry, text);
      if (value !== undefined) values[key] = value;
      for (const error of errors) ignored.push(`“${shorten(part)}”: ${error}`);
    }
  }
  const settings = /** @type {Partial<Settings>} */ (values);
  if (typed && settings.data === undefined) settings.data = "uploaded";
  else typed = null;
  if ((settings.data === "uploaded" && !typed) || settings.data === "images") {
    const what = settings.data === "uploaded" ? "uploaded points" : "images of one’s own";
    ignored.push(`${what} are never part of a link`);
    delete settings.data;
  }
  if (settings.data === "drawn" && !drawn) {
    if (!damaged) ignored.push("the drawing it speaks of is not part of it");
    delete settings.data;
  }
  return { settings, drawn: settings.data === "drawn" ? drawn : null, typed, study, ignored };
}

/** What of a link could not be read, in one sentence of some length. @param {string[]} ignored @returns {string} */
export function complaint(ignored) {
  const different = [...new Set(ignored)];
  const more = different.length > NAMED ? `; and ${(different.length - NAMED).toLocaleString("en")} more` : "";
  return `Part of this link was ignored: ${different.slice(0, NAMED).join("; ")}${more}. The rest applies.`;
}

/** @param {string} text @returns {string | null} null where it can't be decoded */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** @param {string} text */
const shorten = (text) => (text.length > 40 ? `${text.slice(0, 39)}…` : text);

/** Twelve bits a coordinate: three bytes a point. @param {Float32Array} points */
function packPoints(points) {
  let bytes = "";
  for (let i = 0; i + 1 < points.length; i += 2) {
    const x = Math.round(Math.min(1, Math.max(0, points[i])) * 4095);
    const y = Math.round(Math.min(1, Math.max(0, points[i + 1])) * 4095);
    bytes += String.fromCharCode(x >> 4, ((x & 15) << 4) | (y >> 8), y & 255);
  }
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Each run of points of one class, as “;class*points”. @param {Drawing["labels"]} labels */
function packClasses(labels) {
  let text = "";
  for (let from = 0, to = 0; labels && from < labels.of.length; from = to) {
    while (labels.of[to] === labels.of[from]) to++;
    text += `;${labels.names[labels.of[from]]}*${to - from}`;
  }
  return text;
}

/** @param {string[]} runs @param {number} count of points @returns {Drawing["labels"]} null where they are not of two classes at least */
function unpackClasses(runs, count) {
  /** @type {string[]} */
  const classes = [];
  for (const run of runs) {
    const [, name, points] = /^([1-9]|10)\*(\d{1,3})$/.exec(run) ?? [];
    for (let i = 0; i < Number(points); i++) classes.push(name);
  }
  const names = [...new Set(classes)].sort((a, b) => Number(a) - Number(b));
  if (classes.length !== count || names.length < 2) return null;
  return { names, of: Uint8Array.from(classes, (one) => names.indexOf(one)) };
}

/** @param {string} text @returns {Float32Array | string} the points, or why they are none */
function unpackPoints(text) {
  let bytes;
  try {
    bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "the drawing is damaged";
  }
  const count = bytes.length / 3;
  if (!Number.isInteger(count) || count > LINK_POINTS) return "the drawing is damaged";
  if (count < LEAST) return `the drawing has ${count} ${count === 1 ? "point" : "points"}, and ${LEAST} are needed`;
  if (new Set(bytes.match(/.../gs)).size === 1) return "all points of the drawing are in one place";
  const points = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const [a, b, c] = [0, 1, 2].map((k) => bytes.charCodeAt(3 * i + k));
    points[2 * i] = ((a << 4) | (b >> 4)) / 4095;
    points[2 * i + 1] = (((b & 15) << 8) | c) / 4095;
  }
  return points;
}
