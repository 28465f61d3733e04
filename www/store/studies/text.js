/**
 * Studies in a link, as samplers and grids stand there: `name;key=value;key=value`, with defaults left out. Lists are parted by commas;
 * in a grid, which has parameters of its own, `:` stands for `;`.
 */
import { formatGrid, parseGrid } from "../settings/lane-text.js";
import { numberText, oneOf, parseNumber } from "../settings/parameters.js";
import { grids, samplers } from "../settings/table.js";
import { studies, withoutDefaults } from "./table.js";

/**
 * @typedef {import("./table.js").StudyEntry} StudyEntry
 * @typedef {import("./table.js").Parameter} Parameter
 * @typedef {import("./table.js").Values} Values
 */

/** @param {StudyEntry} entry @param {Values} values */
export const formatStudy = (entry, values) =>
  entry.value +
  entry.parameters
    .filter(({ key }) => values[key] !== undefined)
    .map((parameter) => `;${parameter.key}=${format(parameter, values[parameter.key])}`)
    .join("");

/** @param {Parameter} parameter @param {any} value */
function format({ kind }, value) {
  if (kind === "grid") return formatGrid(value).replaceAll(";", ":");
  if (Array.isArray(value)) return value.map((one) => (typeof one === "number" ? numberText(one) : one)).join(",");
  return typeof value === "number" ? numberText(value) : String(value);
}

/**
 * @param {string} text
 * @returns {{ entry: StudyEntry | null, values: Values, errors: string[] }} no entry where it names no study; an error is the end of a
 * sentence, and its parameter has its default.
 */
export function parseStudy(text) {
  const [name, ...parts] = text.split(";");
  const entry = studies.find(({ value }) => value === name) ?? null;
  if (!entry) return { entry, values: {}, errors: [`no study is called “${name.slice(0, 40)}”`] };
  /** @type {Values} */
  const values = {};
  /** @type {string[]} */
  const errors = [];
  for (const part of parts.filter(Boolean)) {
    const [, key = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(part) ?? [];
    const parameter = entry.parameters.find((candidate) => candidate.key === key);
    if (!parameter) {
      errors.push(`${entry.label} has no “${key.slice(0, 40)}”`);
      continue;
    }
    const found = parse(parameter, value);
    if (found.error === undefined) values[key] = found.value;
    else errors.push(`${key} of ${entry.label} ${found.error}`);
  }
  return { entry, values: withoutDefaults(entry, values), errors };
}

/** @param {Parameter} parameter @param {string} text @returns {{ value: any, error?: undefined } | { error: string, value?: undefined }} */
function parse(parameter, text) {
  switch (parameter.kind) {
    case "number":
    case "integer":
      return parseNumber(parameter, text);
    case "choice":
      return parameter.options.some(({ value }) => value === text)
        ? { value: text }
        : { error: `is one of ${oneOf(parameter.options)}` };
    case "grid": {
      const { value, errors } = parseGrid(text.replaceAll(":", ";"));
      return value && !errors.length ? { value } : { error: `can’t be read: ${errors.join("; ")}` };
    }
    case "names": {
      const table = /** @type {{ value: string }[]} */ (parameter.of === "grids" ? grids : samplers);
      const strange = text.split(",").find((name) => !table.some(({ value }) => value === name));
      return strange === undefined ? { value: text.split(",") } : { error: `has no “${strange.slice(0, 40)}”` };
    }
    case "counts":
    case "numbers": {
      const limits = parameter.kind === "counts" ? { ...parameter, kind: "integer" } : { kind: "number" };
      const all = text.split(",").map((one) => parseNumber(limits, one));
      const wrong = all.find(({ error }) => error !== undefined);
      return wrong ? { error: `is a list, each of which ${wrong.error}` } : { value: all.map(({ value }) => value) };
    }
  }
}
