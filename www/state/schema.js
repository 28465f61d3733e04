/**
 * The table of settings, generated from the engine. The address bar, the controls and their limits all read it here,
 * so that no default, limit or sentence is written twice.
 */
import table from "../generated/settings.json";

/**
 * @typedef {import("../protocol").Choice} Choice
 * @typedef {{ sampler: string, source: string }} LaneSetting
 * @typedef {object} Field
 * @property {string} key
 * @property {"choice" | "integer" | "number" | "boolean" | "lanes"} kind
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
 * @property {Choice[]} [samplers]
 * @property {Choice[]} [sources]
 */

const raw = /** @type {{ fields: Field[], samplers?: Choice[], sources?: Choice[], variants: Record<string, Record<string, any>> }} */ (/** @type {unknown} */ (table));

export const fields = raw.fields;
const byKey = new Map(fields.map((field) => [field.key, field]));
const lanesField = byKey.get("lanes");
export const samplers = raw.samplers ?? lanesField?.samplers ?? [];
export const sources = raw.sources ?? lanesField?.sources ?? [];

/** @param {string} key @returns {Field} */
export function field(key) {
  const found = byKey.get(key);
  if (!found) throw new Error(`no setting is called ${key}`);
  return found;
}

/** @param {string} key */
export const hasField = (key) => byKey.has(key);

/** @param {string} value */
export const sampler = (value) => samplers.find((choice) => choice.value === value);

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
  const moved = fields.filter((entry) => entry.key !== "data" && isDefault(entry, before[entry.key], before.data) && !isDefault(entry, before[entry.key], data));
  return Object.fromEntries(moved.map((entry) => [entry.key, structuredClone(defaultOf(entry, data))]));
}

/** The text of one setting in a link. @param {Field} entry @param {any} value @returns {string} */
export function format(entry, value) {
  if (entry.kind === "lanes") return value.map((/** @type {LaneSetting} */ lane) => `${lane.sampler}:${lane.source}`).join(",");
  if (entry.kind === "boolean") return value ? "1" : "0";
  if (entry.kind === "number") return String(Number(Number(value).toPrecision(6)));
  return String(value);
}

/** @param {Choice[]} choices */
const oneOf = (choices) => choices.map((choice) => choice.value).join(", ");

/**
 * Reads one setting from a link. The sentence in `error` says what was expected.
 * @param {Field} entry @param {string} text
 * @returns {{ value: any, error?: undefined } | { error: string, value?: undefined }}
 */
export function parse(entry, text) {
  switch (entry.kind) {
    case "boolean":
      if (["1", "true"].includes(text)) return { value: true };
      if (["0", "false"].includes(text)) return { value: false };
      return { error: `${entry.label} is 1 or 0` };
    case "choice":
      if (entry.options?.some((choice) => choice.value === text)) return { value: text };
      return { error: `${entry.label} is one of ${oneOf(entry.options ?? [])}` };
    case "lanes":
      return parseLanes(entry, text);
    default: {
      const value = Number(text);
      const whole = entry.kind === "integer";
      const min = entry.min ?? -Infinity;
      const max = entry.max ?? Infinity;
      const fits = text.trim() !== "" && Number.isFinite(value) && (!whole || Number.isInteger(value)) && value >= min && value <= max;
      return fits ? { value } : { error: `${entry.label} is a ${whole ? "whole " : ""}number from ${min} to ${max}` };
    }
  }
}

/** @param {Field} entry @param {string} text */
function parseLanes(entry, text) {
  const lanes = text.split(",").map((part) => {
    const [name, source = "network"] = part.split(":");
    return { sampler: name, source };
  });
  if (lanes.length !== entry.default.length) return { error: `there are ${entry.default.length} lanes, written sampler:source and parted by a comma` };
  for (const lane of lanes) {
    if (!samplers.some((choice) => choice.value === lane.sampler)) return { error: `no sampler is called "${lane.sampler}" (there are ${oneOf(samplers)})` };
    if (!sources.some((choice) => choice.value === lane.source)) return { error: `no source is called "${lane.source}" (there are ${oneOf(sources)})` };
  }
  return { value: lanes };
}

/** Brings a typed number into its limits. @param {Field} entry @param {number} value */
export function clamp(entry, value) {
  const inside = Math.min(entry.max ?? Infinity, Math.max(entry.min ?? -Infinity, value));
  return entry.kind === "integer" ? Math.round(inside) : inside;
}
