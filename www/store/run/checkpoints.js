/** Weights of the run under way as they were at earlier steps: the latest, and about eight spread over all of it. */
import { signal } from "@preact/signals";

/** @typedef {{ step: number, bytes: Uint8Array, state?: Uint8Array }} Weights `state` is what training goes on from besides them, see the protocol */
/** @typedef {{ step: number, bytes: Uint8Array, loss: number | null }} Checkpoint `loss` of the noise, smoothed */

const MOST = 8;

/** From the first to the last. @type {import("@preact/signals").Signal<Checkpoint[]>} */
export const checkpoints = signal([]);

/** @type {Weights | null} */
let latest = null;

/** The weights to go on from when the engine dies. */
export const latestWeights = () => latest;

/** @param {Weights} weights */
export function setLatest({ step, bytes, state }) {
  latest = { step, bytes, state };
}

/** @param {Checkpoint} one */
export function addCheckpoint(one) {
  const all = [...checkpoints.value.filter(({ step }) => step !== one.step), one].sort((a, b) => a.step - b.step);
  if (all.length > MOST) {
    // The first and the last stay; of the others goes the one that is missed least.
    const gap = (/** @type {number} */ i) => all[i + 1].step - all[i - 1].step;
    let least = 1;
    for (let i = 2; i < all.length - 1; i++) if (gap(i) < gap(least)) least = i;
    all.splice(least, 1);
  }
  checkpoints.value = all;
}

/** Training goes on from a step: what came after it belongs to another run. @param {number} from */
export function dropAfter(from) {
  checkpoints.value = checkpoints.value.filter(({ step }) => step <= from);
}

export function clearCheckpoints() {
  latest = null;
  checkpoints.value = [];
}
