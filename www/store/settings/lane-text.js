/**
 * Lanes in a link: `sampler;key=value:source@grid;key=value`, parted by commas. All but the sampler can be left out:
 * then the parameters have their defaults, the source is the network and the grid is the one of all lanes.
 */
import { formatParameters, oneOf, parseEntry } from "./parameters.js";
import { grid, grids, maxLanes, sampler, samplers, sources } from "./table.js";

/**
 * @typedef {import("./table.js").Lane} Lane
 * @typedef {import("./table.js").Grid} Grid
 */

/** @param {Lane[]} lanes */
export const formatLanes = (lanes) => lanes.map(formatLane).join(",");

/** @param {Lane} lane */
function formatLane(lane) {
  const own = lane.grid ? `@${formatGrid(lane.grid)}` : "";
  return `${lane.sampler}${formatParameters(sampler(lane.sampler), lane.parameters)}:${lane.source}${own}`;
}

/** @param {Grid} setting */
export const formatGrid = ({ name, ...values }) => name + formatParameters(grid(name), values);

/** @param {string} text @returns {{ value?: Grid, errors: string[] }} */
export function parseGrid(text) {
  const { entry, values, errors } = parseEntry(grids, text, "grid");
  return entry ? { value: /** @type {Grid} */ ({ name: entry.value, ...values }), errors } : { errors };
}

/** @param {string} text @returns {{ value?: Lane[], errors: string[] }} */
export function parseLanes(text) {
  const parts = text.split(",");
  if (parts.length > maxLanes) return { errors: [`there are at most ${maxLanes} lanes, parted by commas`] };
  const parsed = parts.map(parseLane);
  const errors = parsed.flatMap((lane) => lane.errors);
  const lanes = parsed.flatMap(({ value }) => (value ? [value] : []));
  // A lane that is missing would move the others to colours that are not theirs.
  return lanes.length === parts.length ? { value: lanes, errors } : { errors };
}

/** @param {string} text @returns {{ value?: Lane, errors: string[] }} */
function parseLane(text) {
  const [before, ...rest] = text.split("@");
  const gridText = rest.join("@");
  const [samplerText, source = "network"] = before.split(":");
  const found = parseEntry(samplers, samplerText, "sampler");
  if (!found.entry) return { errors: found.errors };
  const errors = [...found.errors];
  const known = sources.some((choice) => choice.value === source);
  if (!known) return { errors: [...errors, `no source is called “${source}” (there are ${oneOf(sources)})`] };
  const lane = /** @type {Lane} */ ({ sampler: found.entry.value, source });
  if (Object.keys(found.values).length) lane.parameters = found.values;
  if (gridText) {
    const own = parseGrid(gridText);
    errors.push(...own.errors);
    if (own.value) lane.grid = own.value;
  }
  return { value: lane, errors };
}
