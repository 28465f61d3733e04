/** The rungs of the ladder, straight, curved and whole: the lane and the number of steps that show what an objective is good for. */
import { field, kindOf, maxLanes, rungs } from "./table.js";
import { isSame } from "./text.js";

/**
 * @typedef {import("./table.js").Settings} Settings
 * @typedef {import("./table.js").Lane} Lane
 */

/** @param {Settings["data"]} data */
const of = (data) => rungs.filter((rung) => rung.images === (kindOf(data) === "images"));

/** @param {Lane} one @param {Lane} other */
const sameLane = (one, other) => isSame(field("lanes"), [one], [other]);

/**
 * What shows `objective`: its lane takes the place of the last one that shows another objective, else of the last one; beside a single
 * lane it is added. Other lanes stay, and so do steps and guidance that are no rung's, except that one step shows the whole.
 * @param {Settings} now @param {Settings["objective"]} objective @returns {Partial<Settings>}
 */
export function showing({ data, lanes, steps, guidance }, objective) {
  const own = of(data);
  const rung = own.find((entry) => entry.objective === objective);
  if (!rung) throw new Error(`no rung shows ${objective}`);
  const shown = lanes.findLastIndex((lane) => own.some((entry) => sameLane(entry.lane, lane)));
  const place = shown >= 0 ? shown : Math.max(1, lanes.length - 1);
  const next = [...lanes.slice(0, place), rung.lane, ...lanes.slice(place + 1)].slice(0, maxLanes);
  const follows = objective === "whole" || own.some((entry) => entry.steps === steps);
  return {
    objective,
    lanes: next,
    steps: follows ? rung.steps : steps,
    guidance: own.some((entry) => entry.guidance === guidance) ? rung.guidance : guidance,
  };
}

/**
 * Lanes for another data set: those that show an objective on the old kind of data show it on the new one.
 * @param {Settings} before @param {Settings["data"]} data @returns {Partial<Settings>}
 */
export function followed(before, data) {
  const [old, own] = [of(before.data), of(data)];
  const lanes = before.lanes.map((lane) => {
    const rung = old.find((entry) => sameLane(entry.lane, lane));
    return own.find((entry) => entry.objective === rung?.objective)?.lane ?? lane;
  });
  return isSame(field("lanes"), lanes, before.lanes) ? {} : { lanes };
}
