/** Changes to single lanes, as the visitor makes them. */
import { hasRun } from "../engine.js";
import { replayNext, restart } from "../player.js";
import { change } from "../run/changes.js";
import { configure } from "../run/configure.js";
import { withoutDefaults } from "../settings/parameters.js";
import { showing } from "../settings/rungs.js";
import { settings } from "../settings/settings.js";
import { maxLanes, sampler } from "../settings/table.js";
import { samplesLost, showLanes, shown } from "./lanes.js";

/** @typedef {import("../settings/table.js").Lane} LaneSetting */

/** What a new lane runs: rivals without a second head, the first that no lane has yet. @type {LaneSetting["sampler"][]} */
const RIVALS = ["dpmpp_2m", "gradient_estimation", "unipc"];

/** @returns {LaneSetting[]} */
const lanes = () => settings.peek().lanes;

/** @param {number} index @param {Partial<LaneSetting>} patch */
export function changeLane(index, patch) {
  replayNext();
  void change({ lanes: lanes().map((lane, i) => (i === index ? { ...lane, ...patch } : lane)) });
}

/** @param {number} index @param {LaneSetting["sampler"]} name */
export const chooseSampler = (index, name) => changeLane(index, { sampler: name, parameters: {} });

/** @param {number} index @param {import("../settings/parameters.js").Parameters} values */
export const setParameters = (index, values) =>
  changeLane(index, { parameters: withoutDefaults(sampler(lanes()[index].sampler), values) });

/** The main switch: learns `objective` from now on, and shows what it is good for. @param {import("../settings/table.js").Settings["objective"]} objective */
export function chooseObjective(objective) {
  replayNext();
  void change(showing(settings.peek(), objective));
  restart();
}

/** Adds a lane on what the last one runs on; returns its index. */
export function addLane() {
  const now = lanes();
  if (now.length >= maxLanes) return now.length - 1;
  const free = RIVALS.find((name) => !now.some((lane) => lane.sampler === name)) ?? RIVALS[0];
  void change({ lanes: [...now, { sampler: free, source: now[now.length - 1].source }] });
  return now.length;
}

/** Ends the sampling that is awaited. The picture stays, and so does the number of steps that it was made with. */
export function cancelSampling() {
  samplesLost();
  const before = shown.peek()[0]?.budget;
  if (before) settings.value = { ...settings.peek(), steps: before };
  if (hasRun()) void configure({ sample: false });
}

/** @param {number} index */
export function removeLane(index) {
  const others = (/** @type {unknown} */ _, /** @type {number} */ i) => i !== index;
  // The pictures move with their lanes at once, not when the next ones come.
  showLanes(shown.peek().slice(0, lanes().length).filter(others));
  return change({ lanes: lanes().filter(others) });
}
