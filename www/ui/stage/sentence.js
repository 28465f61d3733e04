/** How a run of the lanes ended, as one sentence. Pure: the headline, what is read aloud and the table all take their words from here. */
import { counted, errorText } from "../text.js";

/**
 * @typedef {import("../../store/lanes/lanes.js").Lane} Lane
 * @typedef {import("../../store/lanes/lanes.js").Distance} Distance
 * @typedef {string | { lane: number, text: string } | { figure: string }} Part of a sentence; a lane's name, a number
 * @typedef {{ lane: Lane, index: number, distance: Distance, name: Part }} Ended
 * @typedef {import("../../generated/session").Quality} Quality
 */

/** What an error means. */
export const SCALE =
  "0 % is as close to held-out data as fresh data, 100 % as pure noise (squared maximum mean discrepancy).";

/** Where two standard errors are more than this, what looks like fresh data may be anything. */
const VAGUE = 0.2;
/** From here on what is left is mostly noise, and how much more says nothing. */
const LOST = 0.7;

/** @param {Part[]} parts */
export const plain = (parts) =>
  parts.map((part) => (typeof part === "string" ? part : "figure" in part ? part.figure : part.text)).join("");

const fresh = (/** @type {Ended} */ { distance }) => distance.mean <= 2 * distance.error;
const lost = (/** @type {Ended} */ { distance }) => distance.mean - 2 * distance.error > LOST;
const vague = (/** @type {Ended} */ end) => fresh(end) && 2 * end.distance.error > VAGUE;
const level = (/** @type {Ended} */ a, /** @type {Ended} */ b) =>
  Math.abs(a.distance.mean - b.distance.mean) <= 2 * Math.hypot(a.distance.error, b.distance.error);
/** @param {Ended} end @returns {Part} */
const figure = ({ distance }) => ({ figure: errorText(distance) });

/** One, two and three. @param {Part[][]} all @returns {Part[]} */
const listed = (all) => all.flatMap((parts, i) => [i === 0 ? "" : i === all.length - 1 ? " and " : ", ", ...parts]);

/**
 * @param {Ended[]} all
 * @param {Quality[] | null} [qualities] of all lanes, where they were measured: they know what a few images do not tell
 * @returns {Part[]}
 */
export function verdict(all, qualities = null) {
  return [spent(all), ...(qualities ? scored(all, qualities) : outcome(all)), "."];
}

/** @param {Ended[]} all */
function spent(all) {
  const each = all.map(({ lane }) => lane.evaluations);
  const [least, most] = [Math.min(...each), Math.max(...each)];
  const text = (/** @type {number} */ count) => count.toLocaleString("en");
  if (least === most) return `With ${counted(least, "evaluation")}${all.length > 1 ? " each" : ""}, `;
  if (all.length === 2) return `With ${text(each[0])} against ${text(each[1])} evaluations, `;
  return `With ${text(least)} to ${text(most)} evaluations, `;
}

/** @param {Ended[]} all @returns {Part[]} */
function outcome(all) {
  const { lane } = all[0];
  if (all.some(vague))
    return [
      lane.kind === "points"
        ? "there are too few points to tell how far "
        : `${lane.points} images are too few to tell how far `,
      ...listed(all.map(({ name }) => [name])),
      all.length > 1 ? " are from the data; compare them by eye" : " is from the data; look closely",
    ];
  const sorted = [...all].sort((a, b) => a.distance.mean - b.distance.mean);
  const [best, ...rest] = sorted;
  if (rest.length === 0)
    return fresh(best)
      ? [best.name, " ends as close to the data as fresh data would"]
      : [best.name, " ends with an error of ", figure(best)];
  if (all.every(lost))
    return [
      all.length === 2 ? "neither gets far from noise: " : "none gets far from noise: ",
      ...listed(sorted.map((end) => [end.name, " has an error of ", figure(end)])),
    ];
  const first = [best, ...rest.filter((end) => level(best, end) && fresh(end) === fresh(best))];
  const others = sorted.filter((end) => !first.includes(end));
  const names = listed(first.map(({ name }) => [name]));
  const many = first.length > 1;
  const both = first.length === 2 && others.length === 0 ? " both" : "";
  /** @type {Part[]} */
  const lead = fresh(best)
    ? [...names, `${both} ${many ? "end" : "ends"} as close to the data as fresh data would`]
    : many
      ? [...names, " end equally close to the data, with errors of ", ...listed(first.map((end) => [figure(end)]))]
      : [...names, " ends with an error of ", figure(best)];
  if (others.length === 0) return lead;
  return [
    ...lead,
    "; ",
    ...listed(
      others.map((end, i) =>
        lost(end)
          ? [end.name, " is still mostly noise, at ", figure(end)]
          : [end.name, i === 0 ? " has an error of " : " of ", figure(end)],
      ),
    ),
  ];
}

/** A Frechet distance to the digits that count; what is no number comes as null. @param {number | null} value */
export function scoreText(value) {
  if (value === null || !Number.isFinite(value)) return "–";
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** By the Frechet distance to real digits. @param {Ended[]} all @param {Quality[]} qualities @returns {Part[]} */
function scored(all, qualities) {
  const number = (/** @type {number | null} */ value) => value ?? Infinity;
  const scores = all.map((end, i) => {
    const { distance, uncertainty, floor } = qualities[i];
    return { ...end, score: number(distance), error: number(uncertainty), floor: number(floor) };
  });
  /** @typedef {(typeof scores)[number]} Scored */
  const figure = (/** @type {Scored} */ { score }) => ({ figure: scoreText(score) });
  if (scores.every(({ score, error, floor }) => score - floor <= 2 * error))
    return [...listed(scores.map(({ name }) => [name])), " can’t be told from real digits by the Frechet distance"];
  const [best, ...rest] = [...scores].sort((a, b) => a.score - b.score);
  const alike = rest.filter(({ score, error }) => score - best.score <= 2 * Math.hypot(error, best.error));
  const others = rest.filter((one) => !alike.includes(one));
  const first = [best, ...alike];
  /** @type {Part[]} */
  const lead = [
    ...listed(first.map(({ name }) => [name])),
    first.length > 1 ? " are level, at Frechet distances of " : " ends at a Frechet distance of ",
    ...listed(first.map((one) => [figure(one)])),
    " from real digits",
  ];
  return others.length ? [...lead, "; ", ...listed(others.map((one) => [one.name, " at ", figure(one)]))] : lead;
}
