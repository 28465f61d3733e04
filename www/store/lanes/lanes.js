/**
 * What the lanes show: for each lane the last complete reverse process, as it came from the recording or the engine.
 * A new pass is collected aside and takes over in one go when all its lanes are there, so that the lanes always tell
 * the same moment of the same run.
 */
import { computed, signal } from "@preact/signals";
import { pictureComplete } from "../player.js";
import { training } from "../run/status.js";
import { settings } from "../settings/settings.js";
import { kindOf } from "../settings/table.js";

/**
 * @typedef {import("../../engine/protocol").Frames} Frames
 * @typedef {import("../../engine/protocol").DataKind} DataKind
 * @typedef {import("../settings/table.js").Lane} LaneSetting
 */
/**
 * @typedef {object} Lane
 * @property {Float32Array} frames [total, points, dimension]
 * @property {Float32Array[]} denoised the clean points expected at the start of each shown step, [points, dimension]; none of a recording or a kept run
 * @property {number} points
 * @property {number} dimension numbers of one point or image
 * @property {DataKind} kind
 * @property {number} total
 * @property {number} have frames that have arrived
 * @property {Float32Array} sigmas [total]
 * @property {Float32Array} step [total] the sampler step each frame belongs to, fractional
 * @property {Float32Array} errors [total, 2] distance to the data and its standard error, NaN between whole steps
 * @property {number} steps
 * @property {number} budget evaluations that were allowed
 * @property {number} evaluations that were spent
 * @property {[number, number][]} spent how many had been spent at a step, in the order of steps
 * @property {number} cost in evaluations of the velocity alone
 * @property {Uint8Array | null} classes what each is conditioned on, if they are
 * @property {LaneSetting & { run?: string }} setting `run` names the kept run that it is of
 */

/**
 * How far points are from the data: 0 as fresh data, 1 as pure noise; and the standard error of that.
 * @typedef {{ mean: number, error: number }} Distance
 */

/** Lanes of kept runs, beside the own ones: as they were when the run was kept. @type {import("@preact/signals").Signal<Lane[]>} */
export const guests = signal([]);

/** The lanes of the settings. @type {import("@preact/signals").Signal<(Lane | null)[]>} */
const own = signal([null, null]);

/** All lanes on the stage, the guests last. @type {import("@preact/signals").ReadonlySignal<(Lane | null)[]>} */
export const shown = computed(() => [...own.value, ...guests.value]);

/** @param {(Lane | null)[]} lanes of the settings */
export function showLanes(lanes) {
  own.value = lanes;
}

/** The first `count` of the data, one after the other. @type {import("@preact/signals").Signal<{ kind: DataKind, dimension: number, points: Float32Array, count: number } | null>} */
export const data = signal(null);

/** How much of the pass under way has arrived, in [0, 1], or null when nothing is awaited. @type {import("@preact/signals").Signal<number | null>} */
export const arriving = signal(null);

/** When the first part of what is awaited came, by the clock of `performance`. */
let since = 0;

/** Seconds until all that is awaited is there, or null while that can't be said. */
export function secondsLeft() {
  const part = arriving.value;
  const passed = (performance.now() - since) / 1000;
  return part && since && passed > 1.5 ? (passed * (1 - part)) / part : null;
}

/** The pass under way. @type {{ pass: number, lanes: (Lane | null)[], done: boolean[] } | null} */
let pending = null;

/** A new sampling was asked for: what is under way no longer matters. */
export function expectSamples() {
  pending = null;
  since = 0;
  arriving.value = 0;
}

/** @param {Frames} part @param {LaneSetting} setting @returns {Lane} with none of its frames */
function emptyLane({ total, points, dimension }, setting) {
  return {
    frames: new Float32Array(total * points * dimension),
    denoised: [],
    points,
    dimension,
    kind: kindOf(settings.value.data),
    total,
    have: 0,
    sigmas: new Float32Array(total),
    step: new Float32Array(total),
    errors: new Float32Array(2 * total).fill(NaN),
    steps: 1,
    budget: settings.value.steps,
    evaluations: 0,
    spent: [[0, 0]],
    cost: 0,
    classes: null,
    setting,
  };
}

/** @param {Lane} lane @param {Frames} part */
function add(lane, part) {
  const size = part.points * part.dimension;
  lane.frames.set(part.frames, part.first * size);
  for (let at = 0; at < part.denoised.length; at += size) lane.denoised.push(part.denoised.subarray(at, at + size));
  lane.sigmas.set(part.sigmas, part.first);
  lane.step.set(part.step, part.first);
  lane.errors.set(part.errors, 2 * part.first);
  lane.have = Math.max(lane.have, part.first + part.count);
  lane.evaluations = part.evaluations;
  lane.spent.push([lane.step[lane.have - 1], part.evaluations]);
  lane.cost = part.cost;
  if (part.classes.length) lane.classes = part.classes;
  lane.steps = Math.max(1, lane.step[lane.have - 1]);
}

/** The next part of a lane. @param {Frames} part */
export function onFrames(part) {
  const { lanes } = settings.value;
  if (pending?.pass !== part.pass)
    pending = { pass: part.pass, lanes: lanes.map(() => null), done: lanes.map(() => false) };
  if (part.lane >= pending.lanes.length) return;
  let lane = pending.lanes[part.lane];
  if (!lane || lane.total !== part.total || lane.points !== part.points) {
    lane = emptyLane(part, lanes[part.lane]);
    pending.lanes[part.lane] = lane;
  }
  add(lane, part);
  pending.done[part.lane] = part.done;
  if (pending.done.every(Boolean)) {
    const awaited = arriving.value !== null;
    showLanes(pending.lanes);
    pending = null;
    arriving.value = null;
    if (awaited && !training.value.running) pictureComplete();
  } else if (arriving.value !== null) {
    // Passes that nobody asked for, as while training, come quietly.
    since ||= performance.now();
    const shares = pending.lanes.map((part) => (part ? part.have / part.total : 0));
    arriving.value = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  }
}

/** Nothing more will come for now (an error, or a dead worker). */
export function samplesLost() {
  pending = null;
  arriving.value = null;
}

/**
 * The two frames around a place and the weight of the second.
 * @param {Lane} lane @param {number} place in [0, 1]
 */
export function around(lane, place) {
  const at = place * lane.steps;
  let low = 0;
  let high = lane.have - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (lane.step[middle] <= at) low = middle;
    else high = middle;
  }
  const span = lane.step[high] - lane.step[low];
  const weight = span > 0 ? Math.min(1, Math.max(0, (at - lane.step[low]) / span)) : 1;
  return { low, high, weight };
}

/**
 * A point's place in the plane; those on a line are strewn across it.
 * @param {Pick<Lane, "frames" | "points" | "dimension">} lane @param {number} frame @param {number} i @returns {[number, number]}
 */
export function placeOf({ frames, points, dimension }, frame, i) {
  const at = (frame * points + i) * dimension;
  return dimension === 1 ? [2 * ((i * 0.618034) % 1) - 1, frames[at]] : [frames[at], frames[at + 1]];
}

/** The clean points expected at a place: those of the step it lies in, or null where they are not known. @param {Lane} lane @param {number} place */
export const denoisedAt = ({ denoised }, place) =>
  denoised[Math.min(denoised.length - 1, Math.floor(place * denoised.length))] ?? null;

/** What was measured of one frame, or null. @param {Lane} lane @param {number} frame @returns {Distance | null} */
function distanceOf({ errors }, frame) {
  const [mean, error] = errors.subarray(2 * frame, 2 * frame + 2);
  return Number.isNaN(mean) ? null : { mean, error };
}

/** How far a lane was from the data at a place, as last measured, or null. @param {Lane} lane @param {number} place @returns {Distance | null} */
export function distanceAt(lane, place) {
  const { low, high, weight } = around(lane, place);
  for (let i = weight >= 0.9999 ? high : low; i >= 0; i--) {
    const found = distanceOf(lane, i);
    if (found) return found;
  }
  return null;
}

/** @param {Lane} lane @param {number} place */
export function sigmaAt(lane, place) {
  const { low, high, weight } = around(lane, place);
  const [from, to] = [lane.sigmas[low], lane.sigmas[high]];
  // No noise has no logarithm.
  return from > 0 && to > 0
    ? Math.exp((1 - weight) * Math.log(from) + weight * Math.log(to))
    : (1 - weight) * from + weight * to;
}

/** The same at the end of the process. @param {Lane} lane */
export const finalDistance = (lane) => distanceAt(lane, 1);

/** Evaluations spent up to a place: those of a step count from its beginning. @param {Lane} lane @param {number} place */
export function evaluationsAt(lane, place) {
  const step = Math.min(lane.steps, Math.ceil(place * lane.steps - 1e-6));
  const next = lane.spent.findIndex(([at]) => at >= step);
  if (next <= 0) return next === 0 ? lane.spent[0][1] : lane.evaluations;
  const [[from, before], [to, after]] = [lane.spent[next - 1], lane.spent[next]];
  return Math.round(before + ((step - from) / (to - from)) * (after - before));
}

/** Steps of the lane that takes the most. */
export const mostSteps = () => Math.max(1, ...shown.value.map((lane) => lane?.steps ?? 1));
