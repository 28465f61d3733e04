/** Reads points from the text of a table. Pure: text in, points or sentences out. */
import { classColumn, labelling, labelsOf } from "./labels.js";
import { LEAST, MOST } from "./limits.js";
import { guessFormat, numberOf, rowsOf } from "./table-text.js";

const NAMED = 4; // bad rows that are named; the rest are counted
const COLUMNS = 16; // columns of numbers that can be chosen from
/** How many times farther from the middle than nearly all others a point may lie: the others would be one dot in single precision. */
const FARTHEST = 1e4;

/**
 * @typedef {import("./table-text.js").Row} Row
 * @typedef {import("./table-text.js").Decimal} Decimal
 * @typedef {object} Columns of numbers, which two are the points, columns that may tell their classes, and which does; -1: none
 * @property {string[]} names
 * @property {Float64Array[]} values
 * @property {number} x
 * @property {number} y
 * @property {import("./labels.js").Labelling[]} labellings
 * @property {number} label
 * @typedef {{ skip?: boolean, decimal?: Decimal }} Wishes whether bad rows are skipped; the decimal sign where it is not plain
 * @typedef {{ label: string, wishes: Wishes }} Way to read the file after all
 */

/**
 * @param {string} text @param {Wishes} [wishes]
 * @returns {{ points: Float32Array, columns: Columns, note: string } | { error: string, ways: Way[] }} `note` says what was done on purpose;
 * points are centred and scaled: their differences are all that counts, and single precision keeps no small ones far from zero.
 */
export function readPoints(text, wishes = {}) {
  const refuse = (/** @type {string} */ why, /** @type {Way[]} */ ways = []) => ({
    error: `${why} Nothing was changed.`,
    ways,
  });
  const plain = text.replace(/^\uFEFF/, "");
  if (!plain.trim()) return refuse("The file is empty.");
  const format = guessFormat(plain, wishes.decimal);
  const rows = rowsOf(plain, format.separator);
  const endless = rows.find(({ cells }) => cells.some((cell) => cell.split("\n").length > 20));
  if (endless) return refuse(`Row ${endless.number}: a quotation mark is never closed.`);
  const value = (/** @type {string | undefined} */ cell) => numberOf(cell, format.decimal);
  if (!wishes.decimal) {
    const asked = unplain(rows, format.decimal);
    if (asked) return refuse(asked.question, asked.ways);
  }
  const headed = rows[0]?.cells.every((cell) => Number.isNaN(value(cell)));
  const header = headed ? rows[0].cells : [];
  const body = headed ? rows.slice(1) : rows;
  const told = classColumn(header, body, value);
  const numeric = numericColumns(body, value).filter((at) => at !== told);
  const { x, y, sure } = choose(header, numeric, body, value);
  const bad = badRows(body, x, y, value);
  const good = body.filter((row) => !bad.has(row));
  if (bad.size && !wishes.skip) {
    const count = bad.size;
    const ways =
      good.length >= LEAST
        ? [{ label: count === 1 ? "Skip this row" : `Skip these ${count} rows`, wishes: { ...wishes, skip: true } }]
        : [];
    return refuse(complaint([...bad]), ways);
  }
  if (good.length < LEAST)
    return refuse(
      `The file holds ${good.length} ${good.length === 1 ? "point" : "points"}; at least ${LEAST} are needed.`,
    );
  const taken = sample(good, MOST);
  const kept = numeric.length >= 2 ? numeric.slice(0, COLUMNS) : [x, y];
  for (const one of [x, y]) if (!kept.includes(one)) kept.push(one);
  const nameOf = (/** @type {number} */ at) => header[at] || `column ${at + 1}`;
  const width = body.reduce((most, { cells }) => Math.max(most, cells.length), 0);
  const labellings = Array.from({ length: width }, (_, at) => ({
    at,
    found: labelling(
      nameOf(at),
      taken.map(({ cells }) => cells[at] ?? ""),
    ),
  })).filter(({ found }) => found !== null);
  const columns = {
    names: kept.map(nameOf),
    labellings: labellings.flatMap(({ found }) => found ?? []),
    label: labellings.findIndex(({ at }) => at === told),
    values: kept.map((at) => Float64Array.from(taken, ({ cells }) => value(cells[at]))),
    x: kept.indexOf(x),
    y: kept.indexOf(y),
  };
  const points = pointsOf(columns);
  if (!points) return refuse("All points lie in the same place, so there is nothing to learn.");
  const notes = [];
  if (bad.size) notes.push(`${bad.size.toLocaleString("en")} ${bad.size === 1 ? "row was" : "rows were"} skipped.`);
  if (!sure)
    notes.push(
      `The columns “${columns.names[columns.x]}” and “${columns.names[columns.y]}” were taken; others can be chosen beside the data.`,
    );
  const classes = classesOf(columns);
  if (classes)
    notes.push(`“${nameOf(told)}” tells their classes: ${classes.names.length}. It can be changed beside the data.`);
  if (good.length > MOST)
    notes.push(`${MOST.toLocaleString("en")} of ${good.length.toLocaleString("en")} points were drawn at random.`);
  return { points, columns, note: notes.join(" ") };
}

/**
 * The points of two columns, centred and scaled to a mean square of one in double precision, as [n, 2]; null where they do not differ or a
 * number is missing. Rows without a number in one of the two are left out.
 * @param {Columns} columns
 */
export function pointsOf({ values, x, y }) {
  const there = complete(values[x], values[y]);
  const count = there.length;
  const moved = [values[x], values[y]].map((all) => {
    const first = all[there[0]];
    const middle = there.reduce((sum, i) => sum + (all[i] - first) / count, 0);
    return there.map((i) => all[i] - first - middle);
  });
  const largest = Math.max(...moved.map((all) => all.reduce((most, value) => Math.max(most, Math.abs(value)), 0)));
  if (!(largest > 0 && Number.isFinite(largest))) return null;
  const parts = moved.map((all) => all.map((value) => value / largest));
  const power = parts.reduce((sum, all) => sum + all.reduce((part, value) => part + value * value, 0), 0) / (2 * count);
  return Float32Array.from({ length: 2 * count }, (_, i) => parts[i % 2][i >> 1] / Math.sqrt(power));
}

/** Rows that have a number in both of two columns. @param {Float64Array} first @param {Float64Array} second */
const complete = (first, second) =>
  [...first.keys()].filter((i) => Number.isFinite(first[i]) && Number.isFinite(second[i]));

/** The classes of the points of two columns, by the column that tells them; null where none does. @param {Columns} columns */
export const classesOf = ({ values, x, y, labellings, label }) =>
  labelsOf(labellings[label], complete(values[x], values[y]));

/** Numbers that mean one thing or another, by what the comma and the point are. @param {Row[]} rows @param {Decimal} decimal */
function unplain(rows, decimal) {
  const other = decimal === "." ? "," : ".";
  const grouped = new RegExp(`^[+-]?[1-9]\\d{0,2}(\\${other}\\d{3})+(\\${decimal}\\d+)?$`);
  for (const { number, cells } of rows) {
    const cell = cells.find((text) => grouped.test(text));
    if (!cell) continue;
    const [large, small] = [numberOf(cell, decimal), numberOf(cell, other)];
    if (Number.isNaN(small)) continue;
    const question = `Row ${number}: “${cell}” may mean ${large} or ${small}.`;
    const way = (/** @type {number} */ meant, /** @type {Decimal} */ sign) => ({
      label: `It means ${meant}`,
      wishes: { decimal: sign },
    });
    return { question, ways: [way(large, decimal), way(small, /** @type {Decimal} */ ("either"))] };
  }
  return null;
}

/** Columns that are numbers in most rows. @param {Row[]} rows @param {(cell: string | undefined) => number} value */
function numericColumns(rows, value) {
  const some = rows.slice(0, 500);
  const width = some.reduce((most, { cells }) => Math.max(most, cells.length), 0);
  const share = (/** @type {number} */ at) => some.filter(({ cells }) => Number.isFinite(value(cells[at]))).length;
  return Array.from({ length: width }, (_, at) => at).filter((at) => share(at) > some.length / 2);
}

/**
 * The two columns that are the points; `sure` where nothing else could be meant.
 * @param {string[]} header @param {number[]} numeric @param {Row[]} rows @param {(cell: string | undefined) => number} value
 */
function choose(header, numeric, rows, value) {
  const names = header.map((name) => name.toLowerCase());
  for (const [first, second] of [
    ["x", "y"],
    ["x1", "x2"],
  ]) {
    const [x, y] = [names.indexOf(first), names.indexOf(second)];
    if (x >= 0 && y >= 0) return { x, y, sure: true };
  }
  if (numeric.length <= 2) return { x: numeric[0] ?? 0, y: numeric[1] ?? (numeric[0] === 1 ? 0 : 1), sure: true };
  // A first column that counts the rows is no coordinate.
  const [first, second, third] = numeric;
  const start = value(rows[0].cells[first]);
  const counts = rows.slice(0, 50).every(({ cells }, i) => value(cells[first]) === start + i);
  return counts ? { x: second, y: third, sure: false } : { x: first, y: second, sure: false };
}

/** Rows that are no points, and why. @param {Row[]} rows @param {number} x @param {number} y @param {(cell: string | undefined) => number} value @returns {Map<Row, string>} */
function badRows(rows, x, y, value) {
  /** @type {Map<Row, string>} */
  const bad = new Map();
  for (const row of rows) {
    const culprit = [row.cells[x], row.cells[y]].find((cell) => !Number.isFinite(value(cell)));
    if (Number.isFinite(value(row.cells[x])) && Number.isFinite(value(row.cells[y]))) continue;
    const found = culprit === undefined ? "one only" : culprit === "" ? "an empty cell" : `“${culprit.slice(0, 30)}”`;
    bad.set(row, `expected two numbers, found ${found}`);
  }
  const good = rows.filter((row) => !bad.has(row));
  for (const at of [x, y]) {
    const all = good.map(({ cells }) => value(cells[at]));
    if (all.length < LEAST) continue;
    const middle = [...all].sort((a, b) => a - b)[all.length >> 1];
    const far = all.map((number) => Math.abs(number / 2 - middle / 2));
    const usual = [...far].sort((a, b) => a - b)[Math.floor(0.98 * (far.length - 1))];
    if (usual > 0)
      for (const [i, row] of good.entries())
        if (far[i] > FARTHEST * usual)
          bad.set(row, `“${row.cells[at].slice(0, 30)}” is so far from the others that they would all be one dot`);
  }
  return bad;
}

/** The first bad rows by name. @param {[Row, string][]} bad */
function complaint(bad) {
  const named = bad.slice(0, NAMED).map(([{ number }, why]) => `Row ${number}: ${why}`);
  const more = bad.length > NAMED ? `, and ${bad.length - NAMED} more such rows` : "";
  return `${named.join(". ")}${more}.`;
}

/** At most `most` of all rows, each as likely as any other and the same ones each time, in their order. @param {Row[]} rows @param {number} most */
function sample(rows, most) {
  if (rows.length <= most) return rows;
  let state = 1;
  const random = () => {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  let wanted = most;
  return rows.filter((_, i) => {
    const taken = random() * (rows.length - i) < wanted;
    if (taken) wanted--;
    return taken;
  });
}
