/** Numbers as words and figures. */

/** An energy distance: four places are enough to compare, and never more digits than are known. @param {number | null | undefined} value */
export function distanceText(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value >= 100) return value.toFixed(0);
  if (value >= 1) return value.toFixed(2);
  // An estimate without bias can come out a little below nothing.
  return Math.max(0, value).toFixed(4);
}

/** @param {number} value */
export const sigmaText = (value) =>
  value === 0 ? "0" : value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3);

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
