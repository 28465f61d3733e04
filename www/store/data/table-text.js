/** Tables as text: their encoding, their separator and decimal sign, their rows, and their numbers. */
import { dsvFormat } from "d3-dsv";

/**
 * @typedef {{ number: number, cells: string[] }} Row its number as a text editor counts, where no cell has line breaks
 * @typedef {"." | "," | "either"} Decimal sign; `either`: comma and point both, and thousands are not grouped
 * @typedef {{ separator: string, decimal: Decimal }} Format
 */

/** Between columns that stand apart by spaces. */
const SPACES = " ";
const SEPARATORS = ["\t", ";", ",", "|", SPACES];
/** Rows by which a format is told. */
const TRIED = 200;

/** Text in the encoding that its first bytes tell, else UTF-8, else the one of old Windows programs. @param {Uint8Array<ArrayBuffer>} bytes */
export function decodeText(bytes) {
  const [a, b] = bytes;
  const start = bytes.subarray(0, 200);
  // Most letters of UTF-16 have a byte that is zero.
  const wide = (/** @type {number} */ odd) =>
    start.filter((byte, i) => i % 2 === odd && byte === 0).length > start.length / 5;
  if ((a === 0xff && b === 0xfe) || wide(1)) return new TextDecoder("utf-16le").decode(bytes);
  if ((a === 0xfe && b === 0xff) || wide(0)) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** A number, with thousands grouped by the sign that is not the decimal one; NaN for anything else. @param {string | undefined} cell @param {Decimal} decimal */
export function numberOf(cell, decimal) {
  if (!cell) return NaN;
  let text = cell;
  if (decimal === "either") text = text.replace(",", ".");
  else {
    const other = decimal === "." ? "," : ".";
    if (text.includes(other)) {
      if (!new RegExp(`^[+-]?[1-9]\\d{0,2}(\\${other}\\d{3})+(\\${decimal}|$)`).test(text)) return NaN;
      text = text.replaceAll(other, "");
    }
    text = text.replace(decimal, ".");
  }
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

/** All rows that are not blank and no comments. @param {string} text @param {string} separator @returns {Row[]} */
export function rowsOf(text, separator) {
  const cells =
    separator === SPACES
      ? text.split(/\r\n|\r|\n/).map((line) => line.trim().split(/\s+/))
      : dsvFormat(separator).parseRows(text);
  return cells
    .map((row, i) => ({ number: i + 1, cells: row.map((cell) => cell.trim()) }))
    .filter(({ cells, number }) => cells.some(Boolean) && !isComment(cells[0], number));
}

/** A comment of NumPy or Matlab, or Excel's line that names the separator. @param {string} cell @param {number} number */
const isComment = (cell, number) => /^[#%]/.test(cell) || (number === 1 && /^sep=/i.test(cell));

/** The format in which most cells of most rows are numbers, two at least. @param {string} text @param {Decimal} [wanted] the decimal sign, where it is known @returns {Format} */
export function guessFormat(text, wanted) {
  const some = text.split(/\r\n|\r|\n/, TRIED).join("\n");
  /** @type {Format & { score: number }} */
  let best = { separator: ",", decimal: wanted ?? ".", score: 0 };
  for (const separator of SEPARATORS) {
    const rows = rowsOf(some, separator);
    for (const decimal of wanted ? [wanted] : /** @type {const} */ ([".", ","])) {
      if (separator === "," && decimal !== ".") continue;
      const score = rows.reduce((sum, { cells }) => {
        const numbers = cells.filter((cell) => !Number.isNaN(numberOf(cell, decimal))).length;
        return sum + (numbers < 2 ? 0 : numbers / cells.length);
      }, 0);
      if (score > best.score) best = { separator, decimal, score };
    }
  }
  return best;
}
