/** One point that is followed through every lane: all begin at its place. */
import { signal } from "@preact/signals";
import { around } from "../../store/lanes/lanes.js";

/** Its index. @type {import("@preact/signals").Signal<number | null>} */
export const followed = signal(null);

/** Points further than this from where one pressed are not meant, in CSS pixels. */
const REACH = 40;

/**
 * The point nearest to a place in the plane, if one is near.
 * @param {import("../../store/lanes/lanes.js").Lane} lane @param {number} place in time @param {number} x @param {number} y @param {number} scale CSS pixels for one unit
 */
export function nearest(lane, place, x, y, scale) {
  const { low, high, weight } = around(lane, place);
  const { frames, points } = lane;
  let best = (REACH / scale) ** 2;
  /** @type {number | null} */
  let found = null;
  for (let i = 0; i < points; i++) {
    const [a, b] = [2 * (low * points + i), 2 * (high * points + i)];
    const [px, py] = [
      frames[a] + weight * (frames[b] - frames[a]),
      frames[a + 1] + weight * (frames[b + 1] - frames[a + 1]),
    ];
    const far = (px - x) ** 2 + (py - y) ** 2;
    if (far < best) [best, found] = [far, i];
  }
  return found;
}
