/** A study's rows as they come, and columns of them for the views. */

/**
 * @typedef {import("../../generated/studies").Outline} Outline
 * @typedef {import("../../generated/studies").Table} Table
 * @typedef {import("../../generated/studies").Column} Column
 * @typedef {import("../../generated/studies").Update} Update
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
