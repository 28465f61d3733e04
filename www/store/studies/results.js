/** A study's rows as they come, and columns of them for the views. */

/**
 * @typedef {import("../../engine/mirror").Outline} Outline
 * @typedef {import("../../engine/mirror").Table} Table
 * @typedef {import("../../engine/mirror").Column} Column
 * @typedef {import("../../engine/mirror").Update} Update
 */

export class Results {
  /** @param {Outline} outline */
  constructor(outline) {
    this.outline = outline;
    /** @type {number[][][]} */
    this.rows = outline.tables.map(() => []);
    /** @type {string[]} */
    this.findings = [];
    /** Rows by their keys, for tables whose rows replace each other. @type {Map<string, number>[]} */
    this.places = outline.tables.map(() => new Map());
  }

  /** @param {Pick<Update, "rows" | "findings">} update */
  take({ rows, findings }) {
    for (const { table, values } of rows) {
      const { columns, keys } = this.outline.tables[table];
      for (let at = 0; at < values.length; at += columns.length)
        this.#put(table, keys, values.slice(at, at + columns.length));
    }
    this.findings.push(...findings);
  }

  /** @param {number} table @param {number} keys @param {number[]} row */
  #put(table, keys, row) {
    const place = keys ? row.slice(0, keys).join() : "";
    const old = keys ? this.places[table].get(place) : undefined;
    if (old !== undefined) {
      this.rows[table][old] = row;
      return;
    }
    if (keys) this.places[table].set(place, this.rows[table].length);
    this.rows[table].push(row);
  }

  /** @param {string} key */
  table(key) {
    const index = this.outline.tables.findIndex((table) => table.key === key);
    if (index < 0) throw new Error(`no table is called ${key}`);
    return new Shown(this.outline.tables[index], this.rows[index]);
  }

  /** What an exported study holds as its outcome: numbers that are none become null. */
  toJSON() {
    return { outline: this.outline, rows: this.rows, findings: this.findings };
  }

  /** The outcome of an exported study. @param {any} raw @returns {Results | null} null where it is none */
  static from(raw) {
    const { outline, rows, findings } = raw ?? {};
    if (
      !Array.isArray(outline?.tables) ||
      !Array.isArray(outline?.views) ||
      !Array.isArray(rows) ||
      !Array.isArray(findings)
    )
      return null;
    if (rows.length !== outline.tables.length) return null;
    const results = new Results(outline);
    for (const [table, { columns }] of outline.tables.entries()) {
      const fits =
        Array.isArray(columns) &&
        Array.isArray(rows[table]) &&
        rows[table].every((/** @type {any} */ row) => Array.isArray(row) && row.length === columns.length);
      if (!fits) return null;
      const numbers = (/** @type {any} */ value) => (typeof value === "number" ? value : NaN);
      results.take({ rows: [{ table, values: rows[table].flat().map(numbers) }], findings: [] });
    }
    results.findings = findings.map(String);
    return results;
  }
}

/** One table with its rows so far. */
class Shown {
  /** @param {Table} table @param {number[][]} rows */
  constructor(table, rows) {
    this.table = table;
    this.rows = rows;
  }

  /** @param {string} key */
  index(key) {
    const index = this.table.columns.findIndex((column) => column.key === key);
    if (index < 0) throw new Error(`${this.table.key} has no column ${key}`);
    return index;
  }

  /** @param {string} key */
  column(key) {
    return this.table.columns[this.index(key)];
  }

  /** @param {string} key */
  values(key) {
    const index = this.index(key);
    return this.rows.map((row) => row[index]);
  }

  /** The column with the uncertainty of column `key`, if it has one. @param {string} key */
  errors(key) {
    const { error } = this.column(key);
    return error === null ? null : this.values(error);
  }
}

/** A number for people. @param {number} value */
export function text(value) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return String(value).replace("-", "−");
  const shown =
    size < 1e-3 || size >= 1e5
      ? value
          .toExponential(2)
          .replace(/e([+-])(\d+)/, (_, sign, power) => ` × 10${superscript(`${sign === "-" ? "-" : ""}${power}`)}`)
      : String(Number(value.toPrecision(3)));
  return shown.replace("-", "−");
}

/** @param {string} digits */
export const superscript = (digits) =>
  digits.replace(/[-\d]/g, (digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]));

/** A value and its uncertainty, to the digits that the uncertainty leaves. @param {number} value @param {number} [error] */
export function give(value, error) {
  if (error === undefined || !Number.isFinite(error) || error === 0 || !Number.isFinite(value)) return text(value);
  const digits = Math.max(0, -Math.floor(Math.log10(error)));
  if (digits > 5 || Math.abs(value) >= 1e5)
    return `${text(value)} ± ${error.toPrecision(1).replace(/e-(\d+)/, (_, power) => ` × 10${superscript(`-${power}`)}`)}`;
  return `${value.toFixed(digits)} ± ${error.toFixed(digits)}`.replace("-", "−");
}

/** A cell for people. @param {Column} column @param {number} value */
export const cell = (column, value) => column.names[value] ?? text(value);

/** Label and unit. @param {Column} column */
export const heading = ({ label, unit }) => (unit ? `${label} (${unit})` : label);
