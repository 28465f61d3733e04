/**
 * The table of settings, generated from the engine. The address bar, the controls and their limits all read it here,
 * so that no default, limit or sentence is written twice.
 */
import json from "../../generated/settings.json";

/**
 * @typedef {import("../../generated/settings").Settings} Settings
 * @typedef {import("../../generated/settings").Lane} Lane
 * @typedef {import("../../generated/settings").Grid} Grid
 * @typedef {import("../../engine/mirror").Field} Field
 * @typedef {import("../../engine/mirror").SamplerEntry} SamplerEntry
 * @typedef {Settings[keyof Settings]} Value of a setting
 */

const table = /** @type {import("../../engine/mirror").SettingsTable} */ (/** @type {unknown} */ (json));

export const { fields, samplers, samplerGroups, grids, sources, maxLanes } = table;
const byKey = new Map(fields.map((field) => [/** @type {string} */ (field.key), field]));

/** @param {keyof Settings} key @returns {Field} */
export function field(key) {
  const found = byKey.get(key);
  if (!found) throw new Error(`no setting is called ${key}`);
  return found;
}

/**
 * What a setting can be that is one of several.
 * @template {keyof Settings} K
 * @param {K} key
 */
export const optionsOf = (key) =>
  /** @type {{ value: Settings[K], label: string, help: string }[]} */ (field(key).options ?? []);

/** The entry of a setting that came as text, if there is one. @param {string} key */
export const findField = (key) => byKey.get(key);

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

/**
 * The default of one setting for a data set: digits want other noise levels than points.
 * @template {keyof Settings} K
 * @param {K} key @param {string} [data] @returns {Settings[K]}
 */
export const defaultOf = (key, data = "") =>
  structuredClone(/** @type {Settings[K]} */ (table.variants[data]?.[key] ?? field(key).default));

/** @param {Settings["data"]} [data] @returns {Settings} */
export function defaults(data = defaultOf("data")) {
  const values = Object.fromEntries(fields.map(({ key }) => [key, defaultOf(key, data)]));
  return /** @type {Settings} */ (/** @type {unknown} */ ({ ...values, data }));
}
