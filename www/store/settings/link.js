/**
 * The part of the address after `#`: every setting that differs from its default, and a small drawing.
 * Nothing here knows the worker or the page; text in, settings out.
 */
import { fields, format, isDefault, parse } from "./table.js";

/** A drawing larger than this is left out of the link. */
export const LINK_POINTS = 400;

/**
 * @param {Record<string, any>} given
 * @param {Float32Array | null} drawn points in the unit square, [n, 2]
 * @param {string} lab the description of the study that is open in the laboratory, or nothing
 */
export function write(given, drawn, lab) {
  // The visitor's images can't travel: handwritten digits, which are alike, take their place.
  const settings = given.data === "images" ? { ...given, data: "digits" } : given;
  const parts = fields
    .filter((entry) => !isDefault(entry, settings[entry.key], entry.key === "data" ? undefined : settings.data))
    .filter((entry) => !(entry.key === "data" && settings.data === "uploaded"))
    .map((entry) => `${entry.key}=${encodeURI(format(entry, settings[entry.key]))}`);
  if (settings.data === "drawn" && drawn && drawn.length / 2 <= LINK_POINTS) parts.push(`drawn=${packPoints(drawn)}`);
  if (lab) parts.push(`lab=${encodeURIComponent(lab)}`);
  return parts.join("&");
}

/**
 * @param {string} hash with or without its `#`
 * @returns {{ settings: Record<string, any>, drawn: Float32Array | null, lab: string, ignored: string[] }} `ignored` holds one
 * sentence for each part that could not be read.
 */
export function read(hash) {
  /** @type {Record<string, any>} */
  const settings = {};
  /** @type {string[]} */
  const ignored = [];
  /** @type {Float32Array | null} */
  let drawn = null;
  let lab = "";
  for (const part of hash.replace(/^#/, "").split("&").filter(Boolean)) {
    const cut = part.indexOf("=");
    const key = cut < 0 ? part : part.slice(0, cut);
    let text = cut < 0 ? "" : part.slice(cut + 1);
    try {
      text = decodeURIComponent(text);
    } catch {
      ignored.push(`“${shorten(part)}” is not readable`);
      continue;
    }
    if (key === "drawn") {
      drawn = unpackPoints(text);
      if (!drawn) ignored.push("the drawing is damaged");
      continue;
    }
    if (key === "lab") {
      lab = text;
      continue;
    }
    const entry = fields.find((candidate) => candidate.key === key);
    if (!entry) {
      ignored.push(`no setting is called “${shorten(key)}”`);
      continue;
    }
    const { value, errors } = parse(entry, text);
    if (value !== undefined) settings[key] = value;
    for (const error of errors) ignored.push(`“${shorten(part)}”: ${error}`);
  }
  if (settings.data === "uploaded" || settings.data === "images") {
    ignored.push(
      `${settings.data === "uploaded" ? "uploaded points" : "images of one’s own"} are never part of a link`,
    );
    delete settings.data;
  }
  if (settings.data === "drawn" && !drawn) {
    delete settings.data;
    ignored.push("the drawing it speaks of is not part of it");
  }
  return { settings, drawn: settings.data === "drawn" ? drawn : null, lab, ignored };
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

/** @param {string} text @returns {Float32Array | null} */
function unpackPoints(text) {
  let bytes;
  try {
    bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return null;
  }
  const count = bytes.length / 3;
  if (!Number.isInteger(count) || count < 1 || count > LINK_POINTS) return null;
  const points = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) {
    const [a, b, c] = [0, 1, 2].map((k) => bytes.charCodeAt(3 * i + k));
    points[2 * i] = ((a << 4) | (b >> 4)) / 4095;
    points[2 * i + 1] = (((b & 15) << 8) | c) / 4095;
  }
  return points;
}
