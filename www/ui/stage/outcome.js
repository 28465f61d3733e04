/** How the lanes on the stage ended. */
import { finalDistance } from "../../store/lanes/lanes.js";
import { shortName } from "../lanes/names.js";

/**
 * @typedef {import("../../store/lanes/lanes.js").Lane} Lane
 * @typedef {import("./sentence.js").Ended} Ended
 */

/** All lanes with their ends, or null while one has none. @param {(Lane | null)[]} lanes @returns {Ended[] | null} */
export function endings(lanes) {
  const settings = lanes.flatMap((lane) => lane?.setting ?? []);
  const all = lanes.flatMap((lane, index) => {
    const distance = lane && finalDistance(lane);
    // Numbers that are not finite have no verdict.
    return distance && Number.isFinite(distance.mean)
      ? [{ lane, index, distance, name: { lane: index, text: shortName(settings, index) } }]
      : [];
  });
  return all.length === lanes.length && all.length > 0 ? all : null;
}
