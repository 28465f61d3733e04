/**
 * The table of settings, generated from the engine. The address bar, the controls and their limits all read it here,
 * so that no default, limit or sentence is written twice.
 */
import table from "../../generated/settings.json";
import { formatLanes, parseLanes } from "./lane-text.js";
import { formatParameters, numberText, oneOf, parseEntry, parseNumber } from "./parameters.js";

/**
 * @typedef {import("../../engine/protocol").Choice} Choice
 * @typedef {import("../../generated/settings").Lane} LaneSetting
 * @typedef {import("../../generated/settings").Grid} GridSetting
 * @typedef {import("./parameters.js").Entry} GridEntry
 * @typedef {GridEntry & { value: LaneSetting["sampler"], group: string, evaluations: number, order: number, usesTurn: boolean, stochastic: boolean }} SamplerEntry
 * @typedef {object} Field
 * @property {string} key
 * @property {"choice" | "integer" | "number" | "boolean" | "digits" | "grid" | "lanes"} kind
 * @property {any} default
 * @property {number} [min]
 * @property {number} [max]
 * @property {boolean} [log]
 * @property {string} [unit]
 * @property {string} label
 * @property {string} help
 * @property {string} group
 * @property {boolean} restart
 * @property {Choice[]} [options]
 */

const raw =
  /** @type {{ fields: Field[], samplers: SamplerEntry[], samplerGroups: Choice[], grids: GridEntry[], sources: Choice[], variants: Record<string, Record<string, any>>, maxLanes: number }} */ (
    /** @type {unknown} */ (table)
  );

export const { fields, samplers, samplerGroups, grids, sources, maxLanes } = raw;
const byKey = new Map(fields.map((field) => [field.key, field]));

/** @param {string} key @returns {Field} */
export function field(key) {
  const found = byKey.get(key);
  if (!found) throw new Error(`no setting is called ${key}`);
  return found;
}

/** @param {string} key */
export const hasField = (key) => byKey.has(key);

/** @template {{ value: string }} E @param {E[]} entries @param {string} value @param {string} what @returns {E} */
function find(entries, value, what) {
  const found = entries.find((entry) => entry.value === value);
  if (!found) throw new Error(`no ${what} is called ${value}`);
  return found;
}

/** @param {string} value */
export const sampler = (value) => find(samplers, value, "sampler");

/** @param {string} value */
export const grid = (value) => find(grids, value, "grid");

/** The default of one setting for a data set: digits want other noise levels than points. @param {Field} entry @param {string} [data] */
const defaultOf = (entry, data = "") => raw.variants[data]?.[entry.key] ?? entry.default;

/** @param {string} [data] */
export function defaults(data) {
  const values = Object.fromEntries(fields.map((entry) => [entry.key, structuredClone(defaultOf(entry, data))]));
  return data === undefined ? values : { ...values, data };
}

/** @param {Field} entry @param {any} value @param {string} [data] */
export const isDefault = (entry, value, data) => format(entry, value) === format(entry, defaultOf(entry, data));

/**
 * What else changes when the data set does: settings that were left at the old one's defaults go to the new one's.
 * @param {Record<string, any>} before @param {string} data
 */
export function follow(before, data) {
  const moved = fields.filter(
    (entry) =>
      entry.key !== "data" &&
      isDefault(entry, before[entry.key], before.data) &&
      !isDefault(entry, before[entry.key], data),
  );
  return Object.fromEntries(moved.map((entry) => [entry.key, structuredClone(defaultOf(entry, data))]));
}

/** @param {GridSetting} setting */
export const formatGrid = ({ name, ...values }) => name + formatParameters(grid(name), values);

/** The text of one setting in a link. @param {Field} entry @param {any} value @returns {string} */
export function format(entry, value) {
  if (entry.kind === "lanes") return formatLanes(value);
  if (entry.kind === "grid") return formatGrid(value);
  if (entry.kind === "boolean") return value ? "1" : "0";
  if (entry.kind === "number") return numberText(value);
  return String(value);
}

/**
 * Reads one setting from a link: what can be read of it, and a sentence for each part that can't.
 * @param {Field} entry @param {string} text
 * @returns {{ value?: any, errors: string[] }}
 */
export function parse(entry, text) {
  switch (entry.kind) {
    case "boolean":
      if (["1", "true"].includes(text)) return { value: true, errors: [] };
      if (["0", "false"].includes(text)) return { value: false, errors: [] };
      return { errors: [`${entry.label} is 1 or 0`] };
    case "choice":
      if (entry.options?.some((choice) => choice.value === text)) return { value: text, errors: [] };
      return { errors: [`${entry.label} is one of ${oneOf(entry.options ?? [])}`] };
    case "digits":
      if (/^[0-9]+$/.test(text)) return { value: [...new Set(text)].sort().join(""), errors: [] };
      return { errors: [`${entry.label} are one or more of 0 to 9, as in 357`] };
    case "lanes":
      return parseLanes(text);
    case "grid": {
      const { entry: found, values, errors } = parseEntry(grids, text, "grid");
      return found ? { value: { name: found.value, ...values }, errors } : { errors };
    }
    default: {
      const { value, error } = parseNumber(entry, text);
      return error === undefined ? { value, errors: [] } : { errors: [`${entry.label} ${error}`] };
    }
  }
}

/** Brings a typed number into its limits. @param {Field} entry @param {number} value */
export function clamp(entry, value) {
  const inside = Math.min(entry.max ?? Infinity, Math.max(entry.min ?? -Infinity, value));
  return entry.kind === "integer" ? Math.round(inside) : inside;
}
