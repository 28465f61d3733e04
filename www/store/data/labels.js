/** Classes of points, from a column of a table. Pure. */
import { MOST_CLASSES } from "./limits.js";

/** What such columns are called most often. */
const CALLED = /^(class(es)?|labels?|target|species|category|group|cluster|kind|type)$/i;

/**
 * @typedef {{ name: string, names: string[], of: Uint8Array }} Labelling a column's name, its classes, and each row's as an index of them
 * @typedef {{ names: string[], of: Uint8Array }} Labels of points
 */

/** Classes as people count them: 2 before 10. */
const order = new Intl.Collator("en", { numeric: true });

/**
 * @param {string} name @param {string[]} cells of a column, one for each row
 * @returns {Labelling | null} null where it tells no classes apart, or too many
 */
export function labelling(name, cells) {
  const all = cells.map((cell) => cell || "(empty)");
  const names = [...new Set(all)];
  if (names.length < 2 || names.length > MOST_CLASSES) return null;
  names.sort(order.compare);
  return { name, names, of: Uint8Array.from(all, (cell) => names.indexOf(cell)) };
}

/**
 * The column that tells the rows' classes by its name, or as the only one that holds words; -1 where there is none.
 * @param {string[]} header @param {import("./table-text.js").Row[]} rows @param {(cell: string | undefined) => number} value
 */
export function classColumn(header, rows, value) {
  const width = rows.reduce((most, { cells }) => Math.max(most, cells.length), 0);
  const fitting = Array.from({ length: width }, (_, at) => at).filter((at) =>
    labelling("", rows.length ? rows.map(({ cells }) => cells[at] ?? "") : []),
  );
  const called = fitting.find((at) => CALLED.test(header[at] ?? ""));
  if (called !== undefined) return called;
  const words = fitting.filter((at) => rows.every(({ cells }) => Number.isNaN(value(cells[at]))));
  return words.length === 1 ? words[0] : -1;
}

/**
 * The classes of some of the rows: those that none of them is of are left out. Nothing where they are all of one.
 * @param {Labelling | undefined} found @param {number[]} rows @returns {Labels | null}
 */
export function labelsOf(found, rows) {
  if (!found) return null;
  const { names, of } = found;
  const used = [...new Set(rows.map((row) => of[row]))].sort((a, b) => a - b);
  if (used.length < 2) return null;
  return { names: used.map((one) => names[one]), of: Uint8Array.from(rows, (row) => used.indexOf(of[row])) };
}
