/** Colours of what a study compares, the same in all its views: a lane's sampler has the lane's colour, and data are neutral. */
import { settings } from "../../../store/settings/settings.js";
import { sampler } from "../../../store/settings/table.js";

/** Colours that there are tokens for. */
export const COLOURS = 9;

/** The lanes' colours among them. */
const OF_LANES = [0, 1, 2, 7];
/** For what belongs to no sampler, and for a second such thing. */
const NEUTRAL = [6, 8];
export const [neutral] = NEUTRAL;

/** Names of data, in which there is nothing to compare with a lane. */
const OF_DATA = /^(the truth|(real|held-out|training|fresh) (images|points))$/i;

/**
 * A colour for each of several names, as an index of a token: a sampler that a lane runs has the lane's, and no other has that.
 * @param {string[]} names @returns {number[]}
 */
export function coloursOf(names) {
  const lanes = settings.value.lanes.map(({ sampler: value }) => sampler(value).label);
  const data = names.filter((name) => OF_DATA.test(name));
  const taken = names.map((name) => NEUTRAL[data.indexOf(name)] ?? OF_LANES[lanes.indexOf(name)]);
  // Without a lane among them, the order of the tokens is as good as any.
  const ordered = taken.some((colour) => OF_LANES.includes(colour))
    ? [3, 4, 5, 6, 2, 7, 1, 0]
    : [0, 1, 2, 3, 4, 5, 6, 7];
  const free = ordered.filter((colour) => !taken.includes(colour));
  let next = 0;
  return taken.map((colour) => colour ?? free[next++ % free.length]);
}
