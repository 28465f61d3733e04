/**
 * The losses of the run so far, as they came and smoothed. Long runs are thinned by halves, so that memory and
 * drawing stay level.
 */
import { signal } from "@preact/signals";

const LIMIT = 4000;

/**
 * Columns of one table; the turn is null where the objective was simple.
 * @typedef {{ step: number[], noise: (number | null)[], noiseSmooth: (number | null)[], turn: (number | null)[], turnSmooth: (number | null)[] }} Losses
 */
/** @returns {Losses} */
const empty = () => ({ step: [], noise: [], noiseSmooth: [], turn: [], turnSmooth: [] });

export let losses = empty();
/** Counts reports; charts redraw when it changes. */
export const revision = signal(0);

/** Running means that forget at the same pace however far the table was thinned. */
let means = { noise: NaN, turn: NaN, seen: 0 };

/** @param {"noise" | "turn"} which @param {number | undefined} value */
function smooth(which, value) {
  if (value === undefined || !Number.isFinite(value)) return null;
  // About fifty steps of memory, less at the start so that the curve is not held back by its first value.
  const memory = Number.isNaN(means[which]) ? 0 : Math.min(0.98, means.seen / (means.seen + 10));
  means[which] = memory ? memory * means[which] + (1 - memory) * value : value;
  return means[which];
}

/** @param {number} lastStep @param {Float32Array} noiseLoss @param {Float32Array} turnLoss */
export function record(lastStep, noiseLoss, turnLoss) {
  const count = noiseLoss.length;
  for (let i = 0; i < count; i++) {
    means.seen++;
    losses.step.push(lastStep - count + 1 + i);
    losses.noise.push(noiseLoss[i]);
    losses.noiseSmooth.push(smooth("noise", noiseLoss[i]));
    losses.turn.push(turnLoss[i] ?? null);
    losses.turnSmooth.push(smooth("turn", turnLoss[i]));
  }
  if (losses.step.length > LIMIT) {
    for (const column of Object.values(losses)) {
      let to = 0;
      for (let from = 1; from < column.length; from += 2) column[to++] = column[from];
      column.length = to;
    }
  }
  if (count) revision.value++;
}

export function clear() {
  losses = empty();
  means = { noise: NaN, turn: NaN, seen: 0 };
  revision.value++;
}

/** Forgets what came after a step: training goes on from there. @param {number} step */
export function rewind(step) {
  let length = losses.step.length;
  while (length > 0 && losses.step[length - 1] > step) length--;
  // The longer table may be kept somewhere, to be brought back.
  const { step: steps, noise, noiseSmooth, turn, turnSmooth } = losses;
  const [a, b, c, d, e] = [steps, noise, noiseSmooth, turn, turnSmooth].map((column) => column.slice(0, length));
  losses = { step: /** @type {number[]} */ (a), noise: b, noiseSmooth: c, turn: d, turnSmooth: e };
  revision.value++;
}

/** The last smoothed loss of the noise. */
export const latest = () => losses.noiseSmooth.at(-1) ?? null;

/** The table as it is, to be brought back with the weights it belongs to. */
export const snapshot = () => ({ losses, means: { ...means } });

/** @param {ReturnType<typeof snapshot>} table */
export function restore(table) {
  losses = table.losses;
  means = table.means;
  revision.value++;
}
