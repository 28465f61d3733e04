/**
 * The table of settings, generated from the engine. The address bar, the controls and their limits all read it here,
 * so that no default, limit or sentence is written twice.
 */
import json from "../../generated/settings.json";

/**
 * @typedef {import("../../generated/settings").Settings} Settings
 * @typedef {import("../../generated/settings").Lane} Lane
 * @typedef {import("../../generated/settings").Grid} Grid
 * @typedef {import("../../generated/settings").Field} Field
 * @typedef {import("../../generated/settings").SamplerEntry} SamplerEntry
 * @typedef {Settings[keyof Settings]} Value of a setting
 */

const table = /** @type {import("../../generated/settings").SettingsTable} */ (/** @type {unknown} */ (json));

export const { fields, samplers, samplerGroups, grids, sources, rungs, maxLanes } = table;
const byKey = new Map(fields.map((field) => [/** @type {string} */ (field.key), field]));

/** @param {keyof Settings} key @returns {Field} */
export function field(key) {
  const found = byKey.get(key);
  if (!found) throw new Error(`no setting is called ${key}`);
  return found;
}

/** The entry of a setting that is a number. @param {keyof Settings} key */
export function numberField(key) {
  const entry = field(key);
  if (entry.kind !== "integer" && entry.kind !== "number") throw new Error(`${key} is no number`);
  return entry;
}

/** @param {Field} entry */
const findOptions = (entry) => (entry.kind === "choice" ? entry.options : []);

/**
 * What a setting can be that is one of several.
 * @template {keyof Settings} K
 * @param {K} key
 */
export const optionsOf = (key) =>
  /** @type {{ value: Settings[K], label: string, help: string }[]} */ (findOptions(field(key)));

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
 * @param {K} key @param {Settings["data"]} [data] @returns {Settings[K]}
 */
export const defaultOf = (key, data) => structuredClone((data && table.variants[data]?.[key]) ?? field(key).default);

/** @param {Settings["data"]} [data] @returns {Settings} */
export function defaults(data = defaultOf("data")) {
  const values = Object.fromEntries(fields.map(({ key }) => [key, defaultOf(key, data)]));
  return /** @type {Settings} */ (/** @type {unknown} */ ({ ...values, data }));
}

/** What a data set consists of. @param {Settings["data"]} data @returns {import("../../engine/protocol").DataKind} */
export const kindOf = (data) => find(table.dataSets, data, "data set").kind;

/** Whether the exact distribution of a data set has a formula. @param {Settings["data"]} data */
export const hasMixture = (data) => find(table.dataSets, data, "data set").mixture;

/** Pixels on a side of an image. */
export const SIDE = Math.max(...table.dataSets.map((set) => (set.kind === "images" ? set.side : 0)));
export const PIXELS = SIDE * SIDE;
