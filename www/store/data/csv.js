/** Reads points from the text of a CSV file. Pure: text in, points or sentences out. */
import { dsvFormat } from "d3-dsv";

export const LEAST = 50;
export const MOST = 20_000;
const NAMED = 4; // bad rows that are named; the rest are counted

/** @typedef {{ number: number, cells: string[] }} Row its number as a text editor counts, where no cell has line breaks */

/**
 * @param {string} text
 * @returns {{ points: Float32Array, note: string } | { error: string }} `note` says what was left out on purpose.
 */
export function readPoints(text) {
  const plain = text.replace(/^\uFEFF/, "");
  const first = plain.match(/^.*\S.*$/m)?.[0];
  if (first === undefined) return { error: "The file is empty." };
  const separator = [";", "\t", ","].find((sign) => first.includes(sign)) ?? ",";
  // Where semicolons part the columns, a comma is the decimal sign.
  const value = (/** @type {string | undefined} */ cell) =>
    cell ? Number(separator === ";" ? cell.replace(",", ".") : cell) : NaN;
  const rows = rowsOf(plain, separator);
  const headed = rows[0].cells.slice(0, 2).every((cell) => Number.isNaN(value(cell)));
  /** @type {Row[]} */
  const bad = [];
  /** @type {number[]} */
  const values = [];
  for (const row of headed ? rows.slice(1) : rows) {
    const [x, y] = [value(row.cells[0]), value(row.cells[1])];
    if (Number.isFinite(x) && Number.isFinite(y)) values.push(x, y);
    else bad.push(row);
  }
  const error = complaint(bad, (cell) => Number.isFinite(value(cell))) ?? refusal(values);
  if (error) return { error: `${error} Nothing was changed.` };
  const left = Math.max(0, values.length / 2 - MOST);
  return {
    points: Float32Array.from(values.slice(0, 2 * MOST)),
    note: left
      ? `The first ${MOST.toLocaleString("en")} points were taken, ${left.toLocaleString("en")} were left out.`
      : "",
  };
}

/** All rows that are not blank. @param {string} text @param {string} separator @returns {Row[]} */
function rowsOf(text, separator) {
  return dsvFormat(separator)
    .parseRows(text)
    .map((cells, i) => ({ number: i + 1, cells: cells.map((cell) => cell.trim()) }))
    .filter(({ cells }) => cells.join(separator).trim() !== "");
}

/** What is wrong with rows, the first of them by name. @param {Row[]} bad @param {(cell: string | undefined) => boolean} isNumber @returns {string | null} */
function complaint(bad, isNumber) {
  if (!bad.length) return null;
  const named = bad.slice(0, NAMED).map(({ number, cells: [x, y] }) => {
    const culprit = isNumber(x) ? y : x;
    const found = culprit === undefined ? "one only" : culprit === "" ? "an empty cell" : `“${culprit.slice(0, 30)}”`;
    return `Row ${number}: expected two numbers, found ${found}`;
  });
  const more = bad.length > NAMED ? `, and ${bad.length - NAMED} more such rows` : "";
  return `${named.join(". ")}${more}.`;
}

/** Why points can't be learned from. @param {number[]} values @returns {string | null} */
function refusal(values) {
  const count = values.length / 2;
  if (count < LEAST)
    return `The file holds ${count} ${count === 1 ? "point" : "points"}; at least ${LEAST} are needed.`;
  const spread = [0, 1].map((axis) => {
    const all = values.filter((_, i) => i % 2 === axis);
    const low = all.reduce((least, value) => Math.min(least, value), Infinity);
    return all.reduce((most, value) => Math.max(most, value), -Infinity) - low;
  });
  if (spread.every((size) => size > 0 && Number.isFinite(size))) return null;
  return "All points lie on one line along an axis, so there is nothing to spread out.";
}
