/** How lanes are called and coloured, everywhere the same. */
import { sampler, sources } from "../../store/settings/table.js";

/** @typedef {import("../../store/settings/table.js").Lane} LaneSetting */

/** Names of the lanes' colours, in tokens and in styles. */
export const LANES = /** @type {const} */ (["simple", "accelerated", "third", "fourth"]);

/** What a lane needs to have been learned: the velocity, or its turn as well. @param {LaneSetting} setting */
export const laneTitle = (setting) => (sampler(setting.sampler).usesTurn ? "Accelerated" : "Simple");

/** A lane's name among its neighbours. @param {LaneSetting[]} lanes @param {number} index */
export function laneName(lanes, index) {
  const title = laneTitle(lanes[index]);
  return lanes.filter((lane) => laneTitle(lane) === title).length > 1 ? `${title} lane ${index + 1}` : `${title} lane`;
}

/** @param {LaneSetting} setting */
export const samplerName = (setting) => sampler(setting.sampler).label;

/** @param {LaneSetting} setting */
export const sourceName = (setting) =>
  sources.find((choice) => choice.value === setting.source)?.label ?? setting.source;

/** An energy distance: four places are enough to compare, and never more digits than are known. @param {number | null | undefined} value */
export function distanceText(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value >= 100) return value.toFixed(0);
  if (value >= 1) return value.toFixed(2);
  // An estimate without bias can come out a little below nothing.
  return Math.max(0, value).toFixed(4);
}

/** @param {number} value */
export const sigmaText = (value) =>
  value === 0 ? "0" : value >= 10 ? value.toFixed(1) : value >= 1 ? value.toFixed(2) : value.toFixed(3);

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
