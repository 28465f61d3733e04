/**
 * Lanes in a link: `sampler;key=value:source@grid;key=value`, parted by commas. All but the sampler can be left out:
 * then the parameters have their defaults, the source is the network and the grid is the one of all lanes.
 */
import { formatParameters, oneOf, parseEntry } from "./parameters.js";
import { formatGrid, grids, maxLanes, sampler, samplers, sources } from "./table.js";

/** @typedef {import("./table.js").LaneSetting} LaneSetting */

/** @param {LaneSetting[]} lanes */
export const formatLanes = (lanes) => lanes.map(formatLane).join(",");

/** @param {LaneSetting} lane */
function formatLane(lane) {
  const own = lane.grid ? `@${formatGrid(lane.grid)}` : "";
  return `${lane.sampler}${formatParameters(sampler(lane.sampler), lane.parameters)}:${lane.source}${own}`;
}

/** @param {string} text @returns {{ value?: LaneSetting[], errors: string[] }} */
export function parseLanes(text) {
  const parts = text.split(",");
  if (parts.length > maxLanes) return { errors: [`there are at most ${maxLanes} lanes, parted by commas`] };
  const parsed = parts.map(parseLane);
  const errors = parsed.flatMap((lane) => lane.errors);
  const lanes = parsed.flatMap(({ value }) => (value ? [value] : []));
  // A lane that is missing would move the others to colours that are not theirs.
  return lanes.length === parts.length ? { value: lanes, errors } : { errors };
}

/** @param {string} text @returns {{ value?: LaneSetting, errors: string[] }} */
function parseLane(text) {
  const [before, ...rest] = text.split("@");
  const gridText = rest.join("@");
  const [samplerText, source = "network"] = before.split(":");
  const found = parseEntry(samplers, samplerText, "sampler");
  if (!found.entry) return { errors: found.errors };
  const errors = [...found.errors];
  const known = sources.some((choice) => choice.value === source);
  if (!known) return { errors: [...errors, `no source is called “${source}” (there are ${oneOf(sources)})`] };
  const lane = /** @type {LaneSetting} */ ({ sampler: found.entry.value, source });
  if (Object.keys(found.values).length) lane.parameters = found.values;
  if (gridText) {
    const own = parseEntry(grids, gridText, "grid");
    errors.push(...own.errors);
    if (own.entry)
      lane.grid = /** @type {import("./table.js").GridSetting} */ ({ name: own.entry.value, ...own.values });
  }
  return { value: lane, errors };
}
