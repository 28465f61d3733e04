/**
 * Parameters of samplers and step grids: what the table says of them, and their text in a link.
 *
 * A choice with parameters reads `name;key=value;key=value`. What is missing has its default, so defaults are left out.
 */

/**
 * @typedef {import("../../generated/settings").Parameters} Parameters
 * @typedef {import("../../generated/settings").Parameter} Parameter
 * @typedef {import("../../generated/settings").SamplerEntry | import("../../generated/settings").GridEntry} Entry
 * @typedef {Extract<Parameter, { kind: "number" | "integer" | "choice" }>} Single a parameter that is one number, or one of several choices
 * @typedef {{ kind: string, min?: number, max?: number }} Limits of a number
 */

/** @param {Parameter} parameter @returns {parameter is Single} */
const isSingle = (parameter) => ["number", "integer", "choice"].includes(parameter.kind);

/** What a person can set: lists of numbers, one for each step, are for programs. @param {Entry} entry */
export const settable = (entry) => entry.parameters.filter(isSingle);

/** @param {{ value: string }[]} choices */
export const oneOf = (choices) => choices.map((choice) => choice.value).join(", ");

/** As a link writes it. @param {number} value */
export const numberText = (value) => String(Number(Number(value).toPrecision(6)));

/**
 * A number from text, if it is one and within its limits; else the end of a sentence.
 * @param {Limits} limits @param {string} text
 * @returns {{ value: number, error?: undefined } | { error: string, value?: undefined }}
 */
export function parseNumber({ kind, min = -Infinity, max = Infinity }, text) {
  const value = Number(text);
  const whole = kind === "integer";
  const fits =
    text.trim() !== "" && Number.isFinite(value) && (!whole || Number.isInteger(value)) && value >= min && value <= max;
  return fits ? { value } : { error: `is a ${whole ? "whole " : ""}number from ${min} to ${max}` };
}

/** Brings a number into its limits. @param {Limits} limits @param {number} value */
export function clamp({ kind, min = -Infinity, max = Infinity }, value) {
  const inside = Math.min(max, Math.max(min, value));
  return kind === "integer" ? Math.round(inside) : inside;
}

/** @param {Entry} entry @param {Parameters} [values] */
export function formatParameters(entry, values = {}) {
  return settable(entry)
    .filter(({ key, default: usual }) => values[key] !== undefined && values[key] !== usual)
    .map(({ key }) => {
      const value = values[key];
      return `;${key}=${typeof value === "number" ? numberText(value) : value}`;
    })
    .join("");
}

/** The values that are not the defaults. @param {Entry} entry @param {Parameters} [values] @returns {Parameters} */
export function withoutDefaults(entry, values = {}) {
  const own = settable(entry).filter(({ key, default: usual }) => values[key] !== undefined && values[key] !== usual);
  return Object.fromEntries(own.map(({ key }) => [key, values[key]]));
}

/**
 * One parameter from text.
 * @param {Entry} entry @param {string} key @param {string} text
 * @returns {{ value: number | string, error?: undefined } | { error: string, value?: undefined }}
 */
function parseParameter(entry, key, text) {
  const parameter = settable(entry).find((candidate) => candidate.key === key);
  if (!parameter) {
    const all = settable(entry).map((candidate) => candidate.key);
    return {
      error: `${entry.label} has no “${key}” (${all.length ? `it has ${all.join(", ")}` : "there is nothing to set"})`,
    };
  }
  if (parameter.kind === "choice") {
    if (parameter.options.some((option) => option.value === text)) return { value: text };
    return { error: `${key} of ${entry.label} is one of ${oneOf(parameter.options)}` };
  }
  const number = parseNumber(parameter, text);
  return number.error === undefined ? number : { error: `${key} of ${entry.label} ${number.error}` };
}

/**
 * `name;key=value`: the entry, those parameters that can be read, and a sentence for each that can't.
 * @template {Entry} E
 * @param {E[]} table @param {string} text @param {string} what it is called, as in "no sampler is called"
 * @returns {{ entry: E | null, values: Parameters, errors: string[] }}
 */
export function parseEntry(table, text, what) {
  const [name, ...parts] = text.split(";");
  const entry = table.find((candidate) => candidate.value === name) ?? null;
  /** @type {Parameters} */
  const values = {};
  if (!entry) return { entry, values, errors: [`no ${what} is called “${name}” (there are ${oneOf(table)})`] };
  /** @type {string[]} */
  const errors = [];
  for (const part of parts.filter(Boolean)) {
    const [key, value = ""] = part.split("=");
    const result = parseParameter(entry, key, value);
    if (result.error === undefined) values[key] = result.value;
    else errors.push(result.error);
  }
  return { entry, values: withoutDefaults(entry, values), errors };
}
