/** Brings grey pictures of any size to 28 by 28 pixels, light on dark. Pure: numbers in, pixels out. */
import { SIDE } from "../settings/table.js";

/** The box that MNIST fits its digits into. */
const BOX = 20;

/** Light from 0 to 1, row by row. @typedef {{ width: number, height: number, values: Float32Array }} Grey */
/** @typedef {"mnist" | "contain" | "cover"} Fit */
/** @typedef {{ fit: Fit, inverted: boolean }} Conversion */

/** The value below which a share of all lies. @param {ArrayLike<number>} values @param {number} share */
function quantile(values, share) {
  const sorted = Float32Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Values within a small distance of the edge. @param {Grey} grey */
function border({ width, height, values }) {
  const ring = Math.max(1, Math.round(0.04 * Math.min(width, height)));
  return values.filter((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return Math.min(x, y, width - 1 - x, height - 1 - y) < ring;
  });
}

/** Light of the paper at each pixel: the corners' medians and all between them, since light falls unevenly on paper. @param {Grey} grey */
function paper({ width, height, values }) {
  const [w, h] = [Math.ceil(width / 8), Math.ceil(height / 8)];
  const corner = (/** @type {number} */ left, /** @type {number} */ top) => {
    const patch = [];
    for (let y = top; y < top + h; y++) for (let x = left; x < left + w; x++) patch.push(values[y * width + x]);
    return quantile(patch, 0.5);
  };
  const [a, b, c, d] = [corner(0, 0), corner(width - w, 0), corner(0, height - h), corner(width - w, height - h)];
  return values.map((_, i) => {
    const [x, y] = [(i % width) / width, Math.floor(i / width) / height];
    return (1 - y) * ((1 - x) * a + x * b) + y * ((1 - x) * c + x * d);
  });
}

/** How much ink is at each pixel, from 0 to 1: what differs from the paper, without its grain. @param {Grey} grey @param {boolean} inverted @returns {Grey} */
function inkOf(grey, inverted) {
  const level = paper(grey);
  const differs = grey.values.map((value, i) => (inverted ? level[i] - value : value - level[i]));
  const most = Math.max(0.05, quantile(differs, 0.995));
  return { ...grey, values: differs.map((value) => Math.min(1, Math.max(0, (value / most - 0.2) / 0.6))) };
}

/** The same picture from its darkest to its lightest: some formats use a small part of what they can hold. @param {Grey} grey @returns {Grey} */
function fitted(grey) {
  const low = grey.values.reduce((least, value) => Math.min(least, value), 1);
  const high = grey.values.reduce((most, value) => Math.max(most, value), 0);
  const span = Math.max(high - low, 1 / 512);
  return { ...grey, values: grey.values.map((value) => (value - low) / span) };
}

/** Strokes on an even ground are taken for ink, everything else for a picture. @param {Grey} picture @returns {Conversion} */
export function guess(picture) {
  const grey = fitted(picture);
  const edge = border(grey);
  const inverted = quantile(edge, 0.5) > 0.5;
  const ink = inkOf(grey, inverted);
  const share = (/** @type {Float32Array} */ values) => values.filter((value) => value > 0.5).length / values.length;
  const even = quantile(edge, 0.9) - quantile(edge, 0.1) < 0.35 && share(border(ink)) < 0.05;
  const strokes = share(ink.values) > 0.002 && share(ink.values) < 0.4;
  return even && strokes ? { fit: "mnist", inverted } : { fit: "contain", inverted: false };
}

/**
 * What each of `count` pixels over a stretch of the source takes from it: the mean of what it covers, of a source pixel at least.
 * @param {number} from @param {number} length @param {number} count @param {number} size of the source
 */
function shares(from, length, count, size) {
  const half = Math.max(1, length / count) / 2;
  return Array.from({ length: count }, (_, i) => {
    const middle = from + ((i + 0.5) * length) / count;
    const [low, high] = [Math.max(0, middle - half), Math.min(size, middle + half)];
    const parts = [];
    for (let at = Math.floor(low); at < high; at++)
      parts.push({ at: Math.min(at, size - 1), weight: Math.min(high, at + 1) - Math.max(low, at) });
    const sum = parts.reduce((total, { weight }) => total + weight, 0) || 1;
    return parts.map(({ at, weight }) => ({ at, weight: weight / sum }));
  });
}

/** @param {Grey} grey @param {{ x: number, y: number, width: number, height: number }} crop @param {number} width @param {number} height @returns {Grey} */
function resample(grey, crop, width, height) {
  const columns = shares(crop.x, crop.width, width, grey.width);
  const rows = shares(crop.y, crop.height, height, grey.height);
  const values = new Float32Array(width * height);
  for (const [y, down] of rows.entries())
    for (const [x, across] of columns.entries()) {
      let sum = 0;
      for (const { at: row, weight: v } of down)
        for (const { at: column, weight: u } of across) sum += u * v * grey.values[row * grey.width + column];
      values[y * width + x] = sum;
    }
  return { width, height, values };
}

/** @param {Grey} small @param {number} left @param {number} top @param {number} ground */
function laid(small, left, top, ground) {
  const pixels = new Uint8Array(SIDE * SIDE).fill(Math.round(255 * ground));
  for (let y = 0; y < small.height; y++)
    for (let x = 0; x < small.width; x++) {
      const [row, column] = [top + y, left + x];
      if (row >= 0 && column >= 0 && row < SIDE && column < SIDE)
        pixels[row * SIDE + column] = Math.round(255 * small.values[y * small.width + x]);
    }
  return pixels;
}

/** Where to lay a picture so that its weight is in the middle, without cutting it. @param {Grey} small */
function balanced({ width, height, values }) {
  let [sum, across, down] = [0, 0, 0];
  values.forEach((value, i) => {
    sum += value;
    across += value * ((i % width) + 0.5);
    down += value * (Math.floor(i / width) + 0.5);
  });
  const place = (/** @type {number} */ mass, /** @type {number} */ size) =>
    Math.max(0, Math.min(SIDE - size, Math.round(SIDE / 2 - (sum > 0 ? mass / sum : size / 2))));
  return [place(across, width), place(down, height)];
}

/** The smallest box around all ink. @param {Grey} ink */
function boxOf({ width, height, values }) {
  let [left, right, top, bottom] = [width, -1, height, -1];
  values.forEach((value, i) => {
    if (value < 0.3) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  });
  return right < 0
    ? { x: 0, y: 0, width, height }
    : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** The ink in a box of 20 pixels, its centre of mass in the middle, as MNIST was made. @param {Grey} ink */
function likeMnist(ink) {
  const crop = boxOf(ink);
  const scale = BOX / Math.max(crop.width, crop.height);
  const size = (/** @type {number} */ length) => Math.max(1, Math.round(scale * length));
  const small = resample(ink, crop, size(crop.width), size(crop.height));
  const [left, top] = balanced(small);
  return laid(small, left, top, 0);
}

/** 28 by 28 pixels, 0 dark and 255 light. @param {Grey} grey @param {Conversion} look */
export function bring(grey, { fit, inverted }) {
  if (fit === "mnist") return likeMnist(inkOf(fitted(grey), inverted));
  const { width, height } = grey;
  // The darkest and the lightest become black and white, but for a few specks.
  const [low, high] = [quantile(grey.values, 0.01), quantile(grey.values, 0.99)];
  const span = Math.max(high - low, 0.02);
  const values = grey.values.map((value) =>
    Math.min(1, Math.max(0, inverted ? (high - value) / span : (value - low) / span)),
  );
  const stretched = { width, height, values };
  const short = Math.min(width, height);
  if (fit === "cover")
    return laid(
      resample(stretched, { x: (width - short) / 2, y: (height - short) / 2, width: short, height: short }, SIDE, SIDE),
      0,
      0,
      0,
    );
  const size = (/** @type {number} */ length) => Math.max(1, Math.round((SIDE * length) / Math.max(width, height)));
  const small = resample(stretched, { x: 0, y: 0, width, height }, size(width), size(height));
  return laid(
    small,
    Math.floor((SIDE - small.width) / 2),
    Math.floor((SIDE - small.height) / 2),
    width === height ? 0 : quantile(border(stretched), 0.5),
  );
}

/** A drawing of the board, moved so that its weight is in the middle. @param {Uint8Array} pixels */
export function centred(pixels) {
  const grey = { width: SIDE, height: SIDE, values: Float32Array.from(pixels, (value) => value / 255) };
  const crop = boxOf(grey);
  const part = resample(grey, crop, crop.width, crop.height);
  const [left, top] = balanced(part);
  return laid(part, left, top, 0);
}
