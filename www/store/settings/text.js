/** Settings as text in a link, and whether they are at their defaults. */
import { formatGrid, formatLanes, parseGrid, parseLanes } from "./lane-text.js";
import { numberText, oneOf, parseNumber } from "./parameters.js";
import { defaultOf, fields } from "./table.js";

/**
 * @typedef {import("./table.js").Settings} Settings
 * @typedef {import("./table.js").Field} Field
 * @typedef {import("./table.js").Value} Value
 */

/** @param {Field} entry @param {Value} value @returns {string} */
export function format(entry, value) {
  switch (entry.kind) {
    case "lanes":
      return formatLanes(/** @type {Settings["lanes"]} */ (value));
    case "grid":
      return formatGrid(/** @type {Settings["grid"]} */ (value));
    case "boolean":
      return value ? "1" : "0";
    case "number":
      return numberText(Number(value));
    default:
      return String(value);
  }
}

/**
 * What can be read of one setting, and a sentence for each part that can't.
 * @param {Field} entry @param {string} text
 * @returns {{ value?: Value, errors: string[] }}
 */
export function parse(entry, text) {
  switch (entry.kind) {
    case "boolean":
      if (["1", "true"].includes(text)) return { value: true, errors: [] };
      if (["0", "false"].includes(text)) return { value: false, errors: [] };
      return { errors: [`${entry.label} is 1 or 0`] };
    case "choice":
      if (entry.options?.some((choice) => choice.value === text))
        return { value: /** @type {Value} */ (text), errors: [] };
      return { errors: [`${entry.label} is one of ${oneOf(entry.options ?? [])}`] };
    case "digits":
      if (/^[0-9]+$/.test(text)) return { value: [...new Set(text)].sort().join(""), errors: [] };
      return { errors: [`${entry.label} are one or more of 0 to 9, as in 357`] };
    case "lanes":
      return parseLanes(text);
    case "grid":
      return parseGrid(text);
    default: {
      const { value, error } = parseNumber(entry, text);
      return error === undefined ? { value, errors: [] } : { errors: [`${entry.label} ${error}`] };
    }
  }
}

/** @param {Field} entry @param {Value} value @param {Settings["data"]} [data] the data set whose defaults count */
export const isDefault = (entry, value, data) => isSame(entry, value, defaultOf(entry.key, data));

/** @param {Field} entry @param {Value} a @param {Value} b */
export const isSame = (entry, a, b) => format(entry, a) === format(entry, b);

/**
 * What else changes when the data set does: settings that were left at the old one's defaults go to the new one's.
 * @param {Settings} before @param {Settings["data"]} data @returns {Partial<Settings>}
 */
export function follow(before, data) {
  const moved = fields.filter(
    (entry) =>
      entry.key !== "data" &&
      isDefault(entry, before[entry.key], before.data) &&
      !isDefault(entry, before[entry.key], data),
  );
  return Object.fromEntries(moved.map(({ key }) => [key, defaultOf(key, data)]));
}
