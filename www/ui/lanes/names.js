/** How lanes are called and coloured, everywhere the same. */
import { guests } from "../../store/lanes/lanes.js";
import { mapUntrained, turnUntrained } from "../../store/run/status.js";
import { settings } from "../../store/settings/settings.js";
import { sampler, sources } from "../../store/settings/table.js";

/** @typedef {import("../../store/lanes/lanes.js").Lane["setting"]} LaneSetting */

/** Names of the lanes' colours, in tokens and in styles. */
export const LANES = /** @type {const} */ (["simple", "accelerated", "third", "fourth"]);

/** Whether a lane's sampler takes its slope from the learned turn. @param {LaneSetting} setting */
export const needsTurn = ({ sampler: name, parameters }) =>
  sampler(name).usesTurn && (parameters?.slope ?? "learned") === "learned";

/**
 * A lane's title, by what its steps are: none is called after a head that has learned nothing, and a kept run’s bears its name.
 * @param {LaneSetting} setting
 */
export function laneTitle(setting) {
  if (setting.run) return setting.run;
  const { usesMap, usesTurn, group, label } = sampler(setting.sampler);
  const learned = setting.source === "network";
  if (usesMap) return learned && mapUntrained.value ? "Not learned yet" : "Whole";
  if (needsTurn(setting)) return learned && turnUntrained.value ? "Not learned yet" : "Curved";
  if (usesTurn) return "Control";
  return group === "straight" ? "Straight" : label;
}

/** What all lanes on the stage run, those of kept runs last. @returns {LaneSetting[]} */
export const settingsShown = () => [...settings.value.lanes, ...guests.value.map(({ setting }) => setting)];

/** A lane's name among its neighbours. @param {LaneSetting[]} lanes @param {number} index */
export function laneName(lanes, index) {
  const title = laneTitle(lanes[index]);
  return lanes.filter((lane) => laneTitle(lane) === title).length > 1 ? `${title} lane ${index + 1}` : `${title} lane`;
}

/** What a lane is called in a sentence: its title, or its sampler where another lane has the same title. @param {LaneSetting[]} lanes @param {number} index */
export function shortName(lanes, index) {
  const unique = (/** @type {(lane: LaneSetting) => string} */ name) =>
    lanes.filter((lane) => name(lane) === name(lanes[index])).length === 1;
  if (unique(laneTitle)) return laneTitle(lanes[index]);
  return unique(samplerName) ? samplerName(lanes[index]) : `Lane ${index + 1}`;
}

/** @param {LaneSetting} setting */
export const samplerName = (setting) => sampler(setting.sampler).label;

/** @param {LaneSetting} setting */
export const sourceName = (setting) =>
  sources.find((choice) => choice.value === setting.source)?.label ?? setting.source;
