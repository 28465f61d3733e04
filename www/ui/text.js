/** Numbers as words and figures. */

/**
 * How far points are from the data, in percent of how far pure noise is; no more digits than are known.
 * @param {import("../store/lanes/lanes.js").Distance | null | undefined} found
 */
export function errorText(found) {
  if (!found || !Number.isFinite(found.mean)) return "–";
  const { mean, error } = found;
  if (mean <= 2 * error) return `< ${Math.max(1, Math.ceil(100 * (Math.max(0, mean) + 2 * error)))} %`;
  // Beyond noise, how far says nothing.
  if (mean - 2 * error > 1) return "> 100 %";
  return `${Math.max(1, Math.round(100 * mean))} %`;
}

/** @param {number} value */
export const sigmaText = (value) =>
  value === 0 ? "0" : value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3);

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${String(Math.round(seconds % 60)).padStart(2, "0")} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
