/** Reads points from the text of a CSV file. Pure: text in, points or sentences out. */

export const LEAST = 50;
export const MOST = 20_000;
const NAMED = 4; // bad rows that are named; the rest are counted

/** Splits one line at its separator, with quotes respected. @param {string} line @param {string} separator */
function cells(line, separator) {
  const parts = [];
  let part = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const letter = line[i];
    if (letter === '"') {
      if (quoted && line[i + 1] === '"') part += line[++i];
      else quoted = !quoted;
    } else if (letter === separator && !quoted) {
      parts.push(part);
      part = "";
    } else part += letter;
  }
  parts.push(part);
  return parts.map((text) => text.trim());
}

/** @param {string} text @param {boolean} commas whether a comma is the decimal sign */
function number(text, commas) {
  const plain = commas ? text.replace(",", ".") : text;
  return plain === "" ? NaN : Number(plain);
}

/**
 * @param {string} text
 * @returns {{ points: Float32Array, note: string } | { error: string }} `note` says what was left out on purpose.
 */
export function readPoints(text) {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const first = lines.find((line) => line.trim() !== "");
  if (first === undefined) return { error: "The file is empty." };
  const separator = [";", "\t", ","].find((sign) => first.includes(sign)) ?? ",";
  const commas = separator === ";";
  const headed = cells(first, separator)
    .slice(0, 2)
    .every((cell) => Number.isNaN(number(cell, commas)));
  /** @type {number[]} */
  const values = [];
  /** @type {string[]} */
  const bad = [];
  let badRows = 0;
  let left = 0;
  let seenFirst = false;
  lines.forEach((line, index) => {
    if (line.trim() === "") return;
    if (!seenFirst) {
      seenFirst = true;
      if (headed) return;
    }
    const row = cells(line, separator);
    const [x, y] = [number(row[0], commas), number(row[1] ?? "", commas)];
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      badRows++;
      if (bad.length < NAMED) {
        const culprit = !Number.isFinite(x) ? row[0] : row[1];
        bad.push(
          `Row ${index + 1}: expected two numbers, found ${culprit === undefined ? "one only" : culprit === "" ? "an empty cell" : `“${culprit.slice(0, 30)}”`}`,
        );
      }
    } else if (values.length < 2 * MOST) values.push(x, y);
    else left++;
  });
  if (badRows > 0) {
    const more = badRows > bad.length ? `, and ${badRows - bad.length} more such rows` : "";
    return { error: `${bad.join(". ")}${more}. Nothing was changed.` };
  }
  const count = values.length / 2;
  if (count < LEAST)
    return {
      error: `The file holds ${count} ${count === 1 ? "point" : "points"}; at least ${LEAST} are needed. Nothing was changed.`,
    };
  const spread = [0, 1].map((axis) => {
    let low = Infinity;
    let high = -Infinity;
    for (let i = axis; i < values.length; i += 2) {
      low = Math.min(low, values[i]);
      high = Math.max(high, values[i]);
    }
    return high - low;
  });
  if (!spread.every((size) => size > 0 && Number.isFinite(size)))
    return {
      error: "All points lie on one line along an axis, so there is nothing to spread out. Nothing was changed.",
    };
  return {
    points: Float32Array.from(values),
    note:
      left > 0
        ? `The first ${MOST.toLocaleString("en")} points were taken, ${left.toLocaleString("en")} were left out.`
        : "",
  };
}
