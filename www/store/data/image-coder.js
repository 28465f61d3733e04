/**
 * Images of handwriting by range coding, smaller than gzip makes them: most pixels are paper or full ink, which their neighbours
 * above and to the left tell. A pixel is coded as whether there is any ink, whether it is full, and only then how much.
 */

/** @typedef {import("./range-coder.js").Coder} Coder */

/** From here on a pixel is full of ink. */
const FULL = 252;
/** Paper, light, dark, full. */
const TONES = Uint8Array.from({ length: 256 }, (_, value) =>
  value === 0 ? 0 : value < 128 ? 1 : value < FULL ? 2 : 3,
);

/** Where the contexts of each kind begin. */
const TONE = 0;
const BLANK = TONE + 2 ** 11;
const IS_FULL = BLANK + 2 ** 10;
const HOW_FULL = IS_FULL + 2 ** 11;
const HIGH = HOW_FULL + 5 * 5 * 4;
const LOW = HIGH + 64 * 8;
const LABEL = LOW + 4 * 256;
export const CONTEXTS = LABEL + 16;

/**
 * Codes an image; a decoder writes it.
 * @param {Coder} coder
 * @param {Uint8Array} image a byte a pixel, row by row
 * @param {number} side at most 32
 */
export function codeImage(coder, image, side) {
  const at = (/** @type {number} */ x, /** @type {number} */ y) =>
    x < 0 || y < 0 || x >= side ? 0 : image[y * side + x];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const [left, above] = [at(x - 1, y), at(x, y - 1)];
      const [corner, ahead] = [at(x - 1, y - 1), at(x + 1, y - 1)];
      const far = (at(x - 2, y) ? 4 : 0) | (at(x, y - 2) ? 2 : 0) | (at(x + 2, y - 1) ? 1 : 0);
      const near = (TONES[left] << 6) | (TONES[above] << 4) | (TONES[corner] << 2) | TONES[ahead];
      const around = (near << 3) | far;
      const place = y * side + x;
      image[place] = codePixel(coder, image[place], around, place, { left, above, corner, ahead });
    }
}

/**
 * @param {Coder} coder
 * @param {number} value
 * @param {number} around the tones of its neighbours
 * @param {number} place in the image, which tells where there is nothing around
 * @param {{ left: number, above: number, corner: number, ahead: number }} neighbours
 */
function codePixel(coder, value, around, place, { left, above, corner, ahead }) {
  if (!coder.bit(around ? TONE + around : BLANK + place, value ? 1 : 0)) return 0;
  if (coder.bit(IS_FULL + around, value >= FULL ? 1 : 0)) {
    const context = HOW_FULL + 4 * (5 * Math.max(0, left - FULL + 1) + Math.max(0, above - FULL + 1));
    const high = coder.bit(context, (value >> 1) & 1);
    return FULL + 2 * high + coder.bit(context + 1 + high, value & 1);
  }
  const slope = Math.min(255, Math.max(0, left + above - corner)) >> 5;
  const high = codeBits(coder, HIGH + 8 * (8 * slope + ((left + ahead) >> 6)), 3, value >> 5, 1);
  return codeBits(coder, LOW + 256 * (slope >> 1), 5, value, high) & 255;
}

/** A digit. @param {Coder} coder @param {number} digit */
export const codeLabel = (coder, digit) => codeBits(coder, LABEL, 4, digit, 1) & 15;

/**
 * The last bits of a value from the highest on, each in the context of those before it.
 * @param {Coder} coder
 * @param {number} context
 * @param {number} count of bits
 * @param {number} value
 * @param {number} before a one, and the bits that are known already
 */
function codeBits(coder, context, count, value, before) {
  let known = before;
  for (let i = count - 1; i >= 0; i--) known = 2 * known + coder.bit(context + known, (value >> i) & 1);
  return known;
}
