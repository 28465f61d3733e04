/** The forward process beside the lanes: the data, with as much noise as each state of a lane has. */
import { signal } from "@preact/signals";
import { hasRun, request } from "../engine.js";
import { settings } from "../settings/settings.js";
import { data } from "./lanes.js";

/** `frames` [total, count, dimension], at the lane's noise levels. @typedef {{ frames: Float32Array, count: number }} Forward */
/** What one is of: the data, and all else that it depends on. @typedef {{ of: typeof data.value, what: string }} Asked */

/** As last computed, by lane. @type {import("@preact/signals").Signal<Map<number, Forward & Asked>>} */
const known = signal(new Map());
/** What each lane's is being asked for. @type {Map<number, Asked>} */
const asked = new Map();

/** A lane's forward process, or null while it is not there: then it is asked for. @param {number} index @param {import("./lanes.js").Lane} lane @returns {Forward | null} */
export function forwardOf(index, { sigmas, points, dimension }) {
  const wanted = { of: data.value, what: [settings.value.seed, points, sigmas.join()].join(" ") };
  const same = (/** @type {Asked | undefined} */ one) => one?.of === wanted.of && one?.what === wanted.what;
  const found = known.value.get(index);
  if (found && same(found)) return found;
  if (hasRun() && !same(asked.get(index))) {
    asked.set(index, wanted);
    void request("forward", { sigmas, count: points }).then((frames) => {
      if (!frames) return void asked.delete(index);
      const count = frames.length / sigmas.length / dimension;
      known.value = new Map(known.value).set(index, { ...wanted, frames, count });
    });
  }
  return null;
}
