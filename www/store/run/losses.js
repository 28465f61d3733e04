/**
 * The losses of the run so far, as they came and smoothed. Long runs are thinned by halves, so that memory and
 * drawing stay level.
 */
import { signal } from "@preact/signals";

const LIMIT = 4000;

/**
 * Columns of one table; the turn is null where it was not learned, the noise in the steps of a flow map, and the map in all others.
 * @typedef {{ step: number[] } & Record<"noise" | "turn" | "map" | "noiseSmooth" | "turnSmooth" | "mapSmooth", (number | null)[]>} Losses
 */
/** @returns {Losses} */
const empty = () => ({ step: [], noise: [], noiseSmooth: [], turn: [], turnSmooth: [], map: [], mapSmooth: [] });

export let losses = empty();
/** Counts reports; charts redraw when it changes. */
export const revision = signal(0);

/** The least loss of the velocity that any network can reach, where it is known. @type {import("@preact/signals").Signal<number | null>} */
export const floor = signal(null);

/** Kept runs whose losses stand beside these. @type {import("@preact/signals").Signal<{ key: string, name: string, losses: Losses }[]>} */
export const compared = signal([]);
export const MOST_COMPARED = 2;

/** Running means that forget at the same pace however far the table was thinned. */
const unseen = () => ({ noise: NaN, turn: NaN, map: NaN, seen: 0 });
let means = unseen();

/** @param {"noise" | "turn" | "map"} which @param {number | undefined} value */
function smooth(which, value) {
  if (value === undefined || !Number.isFinite(value)) return null;
  // About fifty steps of memory, less at the start so that the curve is not held back by its first value.
  const memory = Number.isNaN(means[which]) ? 0 : Math.min(0.98, means.seen / (means.seen + 10));
  means[which] = memory ? memory * means[which] + (1 - memory) * value : value;
  return means[which];
}

/** @param {number} lastStep @param {Record<"noise" | "turn" | "map", Float32Array>} found the map's come after the noise's */
export function record(lastStep, { noise, turn, map }) {
  const count = noise.length + map.length;
  for (let i = 0; i < count; i++) {
    means.seen++;
    losses.step.push(lastStep - count + 1 + i);
    const mapped = map[i - noise.length];
    losses.noise.push(noise[i] ?? null);
    losses.noiseSmooth.push(smooth("noise", noise[i]));
    losses.turn.push(turn[i] ?? null);
    losses.turnSmooth.push(smooth("turn", turn[i]));
    losses.map.push(mapped ?? null);
    losses.mapSmooth.push(smooth("map", mapped));
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
  floor.value = null;
  means = unseen();
  revision.value++;
}

/** Forgets what came after a step: training goes on from there. @param {number} step */
export function rewind(step) {
  let length = losses.step.length;
  while (length > 0 && losses.step[length - 1] > step) length--;
  // The longer table may be kept somewhere, to be brought back.
  const cut = Object.entries(losses).map(([name, column]) => [name, column.slice(0, length)]);
  losses = /** @type {Losses} */ (Object.fromEntries(cut));
  revision.value++;
}

/** The last smoothed loss of the noise. */
export const latest = () => losses.noiseSmooth.findLast((loss) => loss !== null) ?? null;

/** The table as it is, to be brought back with the weights it belongs to. */
export const snapshot = () => ({ losses, means: { ...means } });

/** @param {ReturnType<typeof snapshot>} table */
export function restore(table) {
  losses = table.losses;
  means = table.means;
  // It is of other data, or by other settings.
  floor.value = null;
  revision.value++;
}
