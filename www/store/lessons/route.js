/**
 * Addresses of lessons: `#lessons` is the teacher's page, `#lesson=straight,curved&seed=7` what a class gets, with the seed of all its
 * runs. Text in, addresses out.
 */
import { parseNumber } from "../settings/parameters.js";
import { numberField } from "../settings/table.js";
import { lessons } from "./table.js";

/** @typedef {import("./types").Lesson} Lesson */

export const SEED = 1;

/**
 * @param {string} hash
 * @returns {{ chosen: Lesson[], seed: number, ignored: string[] }} `chosen` is empty for the teacher's page; `ignored` has one sentence
 * for each part that could not be read.
 */
export function readRoute(hash) {
  /** @type {string[]} */
  const ignored = [];
  /** @type {Lesson[]} */
  let chosen = [];
  let seed = SEED;
  for (const part of hash.replace(/^#/, "").split("&").filter(Boolean)) {
    const [key, text = ""] = part.split("=");
    if (key === "lessons") continue;
    if (key === "lesson") {
      for (const name of new Set(text.split(","))) {
        const found = lessons.find((lesson) => lesson.name === name);
        if (found) chosen = [...chosen, found];
        else ignored.push(`no lesson is called “${name.slice(0, 40)}”`);
      }
    } else if (key === "seed") {
      const { value, error } = parseNumber(numberField("seed"), text);
      if (error === undefined) seed = value;
      else ignored.push(`Seed ${error}`);
    } else ignored.push(`“${part.slice(0, 40)}” is no part of a lesson’s address`);
  }
  return { chosen, seed, ignored };
}

/** @param {Lesson[]} chosen @param {number} [seed] */
export function writeRoute(chosen, seed = SEED) {
  if (!chosen.length) return "#lessons";
  return `#lesson=${chosen.map(({ name }) => name).join(",")}${seed === SEED ? "" : `&seed=${seed}`}`;
}
