/** The table of studies, generated from the engine: names, words, parameters, presets. */
import table from "../../generated/studies.json";

/**
 * @typedef {import("../../generated/settings").Parameter} Parameter
 * @typedef {import("../../generated/studies").StudyEntry} StudyEntry
 * @typedef {Record<string, any>} Values parameters of a study that are not at their defaults
 */

export const studies = /** @type {StudyEntry[]} */ (/** @type {unknown} */ (table));

/** @param {string} value @returns {StudyEntry} */
export function study(value) {
  const found = studies.find((entry) => entry.value === value);
  if (!found) throw new Error(`no study is called ${value}`);
  return found;
}

/** @param {Parameter} parameter */
export const defaultOf = (parameter) => ("default" in parameter ? parameter.default : undefined);

/** @param {any} a @param {any} b */
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** @param {StudyEntry} entry @param {Values} values @returns {Values} in the table's order, so that equal values are equal as text */
export function withoutDefaults(entry, values) {
  const own = entry.parameters.filter(
    (parameter) => values[parameter.key] !== undefined && !same(values[parameter.key], defaultOf(parameter)),
  );
  return Object.fromEntries(own.map(({ key }) => [key, values[key]]));
}

/** Whether a run needs the stage's network. @param {StudyEntry} entry @param {Values} values */
export function needsModel(entry, values) {
  if (entry.needs !== "target") return entry.needs !== "nothing";
  const target = entry.parameters.find(({ key }) => key === "target");
  return (values.target ?? (target && defaultOf(target))) === "model";
}

/**
 * A description as the engine, the native command and a link have it.
 * @param {unknown} raw parsed JSON
 * @returns {{ entry: StudyEntry, values: Values, data: string | null, points: number[][] | null, outcome: any } | string} a sentence where it is none
 */
export function understand(raw) {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return "it is no description of a study";
  const {
    study: name,
    data = null,
    data_points: points = null,
    outcome = null,
    ...values
  } = /** @type {Record<string, any>} */ (raw);
  if (typeof name !== "string") return "it names no study";
  const entry = studies.find(({ value }) => value === name);
  if (!entry) return `there is no study called “${name}”`;
  const strange = Object.keys(values).find((key) => !entry.parameters.some((parameter) => parameter.key === key));
  if (strange !== undefined) return `${entry.label} has no “${strange}”`;
  return { entry, values: withoutDefaults(entry, values), data, points, outcome };
}
