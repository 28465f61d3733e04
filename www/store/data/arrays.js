/** Images in files of arrays: IDX as MNIST has it, and NumPy's .npy. Pure: bytes in, grey pictures out. */
import { MOST_IMAGES } from "./limits.js";

/** @typedef {import("./picture.js").Grey} Grey */
/** @typedef {{ shape: number[], read: (index: number) => number }} Stored numbers, row by row */
/** @typedef {{ pictures: Grey[], total: number }} Found `total` of them are in the file, from which these were picked evenly */

/** Pixels on a side of an image, at least and at most. */
const SMALLEST = 4;
const LARGEST = 1024;
/** Pixels of all images that are taken from a file: four bytes each, 262 MB. */
export const MOST_PIXELS = MOST_IMAGES * 256 ** 2;
/** What may be taken still. @typedef {{ images: number, pixels: number }} Room */

/** Numbers that a file may hold, by their code in IDX and their name in NumPy. @type {Record<number, string>} */
const OF_IDX = { 8: "u1", 9: "i1", 11: "i2", 12: "i4", 13: "f4", 14: "f8" };
/** @type {Record<string, [bytes: number, read: (view: DataView, at: number, little: boolean) => number]>} */
const TYPES = {
  b1: [1, (view, at) => view.getUint8(at)],
  u1: [1, (view, at) => view.getUint8(at)],
  i1: [1, (view, at) => view.getInt8(at)],
  u2: [2, (view, at, little) => view.getUint16(at, little)],
  i2: [2, (view, at, little) => view.getInt16(at, little)],
  u4: [4, (view, at, little) => view.getUint32(at, little)],
  i4: [4, (view, at, little) => view.getInt32(at, little)],
  f4: [4, (view, at, little) => view.getFloat32(at, little)],
  f8: [8, (view, at, little) => view.getFloat64(at, little)],
};

/** @param {Uint8Array} bytes */
export const isIdx = (bytes) =>
  bytes[0] === 0 && bytes[1] === 0 && OF_IDX[bytes[2]] !== undefined && bytes[3] >= 1 && bytes[3] <= 4;

/** @param {Uint8Array} bytes */
export const isNpy = (bytes) => [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59].every((byte, i) => bytes[i] === byte);

/**
 * The images in an array file. An `Error` ends a sentence that begins with the file's name.
 * @param {Uint8Array} bytes
 * @param {Room} [room]
 * @returns {Found}
 */
export const imagesIn = (bytes, room = { images: MOST_IMAGES, pixels: MOST_PIXELS }) =>
  pick(isNpy(bytes) ? npy(bytes) : idx(bytes), room);

/** @param {Uint8Array} bytes @param {number} from @param {number[]} shape @param {string} type @param {boolean} little @returns {Stored} */
function stored(bytes, from, shape, type, little) {
  const [size, read] = TYPES[type];
  const count = shape.reduce((product, side) => product * side, 1);
  if (from + count * size > bytes.length)
    throw new Error(`is cut: it should hold ${(from + count * size).toLocaleString("en")} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + from);
  return { shape, read: (index) => read(view, index * size, little) };
}

/** @param {Uint8Array} bytes */
function idx(bytes) {
  if (!isIdx(bytes) || bytes.length < 4 + 4 * bytes[3]) throw new Error("is no IDX file");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const shape = Array.from({ length: bytes[3] }, (_, i) => view.getUint32(4 + 4 * i));
  if (shape.length === 1) throw new Error("holds labels and no images: the images are in a file of their own");
  return stored(bytes, 4 + 4 * shape.length, shape, OF_IDX[bytes[2]], false);
}

/** @param {Uint8Array} bytes */
function npy(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const wide = bytes[6] > 1;
  const start = wide ? 12 : 10;
  const length = bytes.length < start ? 0 : wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder("latin1").decode(bytes.subarray(start, start + Math.min(length, 65536)));
  const [, descr] = /'descr':\s*'([^']*)'/.exec(header) ?? [];
  const [, dims] = /'shape':\s*\(([^)]*)\)/.exec(header) ?? [];
  if (descr === undefined || dims === undefined) throw new Error("has no header that NumPy would have written");
  const [, order, type] = /^([<>|=])(\w\d)$/.exec(descr) ?? [];
  if (!type || !TYPES[type])
    throw new Error(`holds numbers of the type “${descr}”; save them as uint8 or float32 (array.astype("uint8"))`);
  if (/'fortran_order':\s*True/.test(header))
    throw new Error("is stored column by column; save np.ascontiguousarray(array)");
  const shape = dims.split(",").flatMap((side) => (side.trim() ? [Number(side)] : []));
  if (!shape.every((side) => Number.isInteger(side) && side >= 0)) throw new Error("has a shape that can’t be");
  return stored(bytes, start + length, shape, type, order !== ">");
}

/**
 * How an array is a pile of images: how many, how large, and where the pixel of a place and colour is.
 * @param {number[]} shape
 * @returns {{ count: number, height: number, width: number, colours: number, at: (image: number, place: number, colour: number) => number }}
 */
function layout(shape) {
  const named = `has the shape ${shape.join(" × ") || "of one number"}`;
  const pile = (
    /** @type {number} */ count,
    /** @type {number} */ height,
    /** @type {number} */ width,
    colours = 1,
    first = false,
  ) => {
    const pixels = height * width;
    const at = (/** @type {number} */ image, /** @type {number} */ place, /** @type {number} */ colour) =>
      image * pixels * colours + (first ? colour * pixels + place : place * colours + colour);
    return { count, height, width, colours, at };
  };
  const inColour = (/** @type {number} */ side) => [1, 3, 4].includes(side);
  const square = (/** @type {number} */ pixels) => Number.isInteger(Math.sqrt(pixels)) && pixels >= SMALLEST ** 2;
  const [a, b, c, d] = shape;
  const found =
    shape.length === 4
      ? inColour(d)
        ? pile(a, b, c, d)
        : inColour(b)
          ? pile(a, c, d, b, true)
          : null
      : shape.length === 3
        ? inColour(c) && !inColour(b)
          ? pile(1, a, b, c)
          : pile(a, b, c)
        : shape.length === 2
          ? a !== b && square(b)
            ? pile(a, Math.sqrt(b), Math.sqrt(b))
            : pile(1, a, b)
          : null;
  if (!found) throw new Error(`${named}; images have the shape n × height × width, with 1, 3 or 4 colours last`);
  if (found.count === 0) throw new Error("holds no image");
  if (![found.height, found.width].every((side) => side >= SMALLEST && side <= LARGEST))
    throw new Error(`${named}: images have ${SMALLEST} to ${LARGEST.toLocaleString("en")} pixels on a side`);
  return found;
}

/** Indices of at most `most` of `count`, evenly. @param {number} count @param {number} most */
export const evenly = (count, most) =>
  Array.from({ length: Math.min(count, most) }, (_, i) => Math.floor((i * count) / Math.min(count, most)));

/** @param {Stored} array @param {Room} room @returns {Found} */
function pick({ shape, read }, room) {
  const { count, height, width, colours, at } = layout(shape);
  const taken = evenly(count, room.images);
  const pixels = taken.length * height * width;
  if (pixels > room.pixels) {
    const most = `all that is taken of a file may hold ${millions(MOST_PIXELS)} million`;
    throw new Error(`holds ${millions(pixels)} million pixels, and ${most}: make its images smaller, or take fewer`);
  }
  let [least, most] = [Infinity, -Infinity];
  const light = [0.299, 0.587, 0.114];
  const pictures = taken.map((image) => {
    const values = new Float32Array(height * width);
    for (let place = 0; place < values.length; place++) {
      // What covers nothing, the fourth colour, is left out.
      let value = 0;
      if (colours < 3) value = read(at(image, place, 0));
      else for (let colour = 0; colour < 3; colour++) value += light[colour] * read(at(image, place, colour));
      if (!Number.isFinite(value)) throw new Error("holds numbers that are none (NaN or infinite)");
      values[place] = value;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    return { width, height, values };
  });
  if (!(most > least)) throw new Error("holds images of one even shade: there is nothing in them to learn");
  const [low, high] = ends(least, most);
  for (const { values } of pictures)
    for (let place = 0; place < values.length; place++) values[place] = (values[place] - low) / (high - low);
  return { pictures, total: count };
}

/** @param {number} count */
const millions = (count) => (count / 1e6).toLocaleString("en", { maximumFractionDigits: 1 });

/** What black and white are, most likely, where values lie from `least` to `most`. @param {number} least @param {number} most */
function ends(least, most) {
  for (const [low, high] of [
    [0, 1],
    [-1, 1],
    [0, 255],
    [0, 65535],
  ])
    if (least >= low && most <= high && (high !== 65535 || most > 4096)) return [low, high];
  return [least, most];
}
