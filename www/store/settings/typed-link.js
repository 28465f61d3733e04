/** A typed curve or density in a link. What is typed is read where it is used (www/store/data/typed.js). */

/** @typedef {import("../data/typed.js").Curve | import("../data/typed.js").DensityOf} Typed */
/** @typedef {import("./link.js").Link & { ignored: string[] }} Found */

const LONGEST = 1800;
const SHAPE = "a formula in a link is “curve; x(t); y(t); from; to; spread” or “density; p(x, y); reach”";

/** @param {Typed} typed @returns {string} its part of a link */
export const writeTyped = (typed) => `formula=${encodeURIComponent([typed.kind, ...partsOf(typed)].join(";"))}`;

/** Its formulas, and its number last. @param {Typed} typed */
const partsOf = (typed) =>
  typed.kind === "curve" ? [typed.x, typed.y, typed.from, typed.to, typed.spread] : [typed.density, typed.reach];

/** @param {string} text @returns {Typed | string} or why it is none */
export function readTyped(text) {
  if (text.length > LONGEST) return "the formula is too long";
  const [kind, ...parts] = text.split(";");
  const last = Number(parts.at(-1));
  if (kind === "curve" && parts.length === 5) {
    const [x, y, from, to] = parts;
    return last >= 0 && last <= 0.1 ? { kind, x, y, from, to, spread: last } : "the spread of a curve is from 0 to 0.1";
  }
  if (kind !== "density" || parts.length !== 2) return SHAPE;
  return last >= 0.5 && last <= 10
    ? { kind, density: parts[0], reach: last }
    : "the reach of a density is from 0.5 to 10";
}

/** Whether it is one that a link could hold, which no half of a surrogate pair can be in. @param {any} value */
export function isTyped(value) {
  if (typeof value !== "object" || value === null || !["curve", "density"].includes(value.kind)) return false;
  const parts = partsOf(value);
  const isText = (/** @type {unknown} */ part) => typeof part === "string" && !/\p{Surrogate}/u.test(part);
  return (
    parts.slice(0, -1).every(isText) &&
    typeof parts.at(-1) === "number" &&
    typeof readTyped([value.kind, ...parts].join(";")) === "object"
  );
}

/** What a formula is called beside the data. @param {Typed} typed */
export function nameOfTyped(typed) {
  const name = typed.kind === "curve" ? `(${typed.x}, ${typed.y})` : typed.density;
  return name.length > 40 ? `${name.slice(0, 39)}…` : name;
}

/**
 * A link with the points of its formula, whose parser comes when there is one; without its data where the formula has none.
 * @template {Found} L
 * @param {L} found
 * @returns {Promise<L & { uploaded: import("./settings.js").Uploaded | null }>}
 */
export async function withPoints(found) {
  const { typed } = found;
  if (!typed) return { ...found, uploaded: null };
  const [made, why] = await pointsOf(typed);
  if (made) return { ...found, uploaded: { ...made, name: nameOfTyped(typed), typed } };
  const { data: _, ...settings } = found.settings;
  return { ...found, settings, typed: null, ignored: [...found.ignored, why], uploaded: null };
}

/** @param {Typed} typed @returns {Promise<[import("../data/typed.js").Typed, ""] | [null, string]>} or why there are none */
async function pointsOf(typed) {
  try {
    const { pointsOfTyped } = await import("../data/typed.js");
    const made = pointsOfTyped(typed);
    if (!made.error) return [made, ""];
    const { error } = made;
    return [null, `the formula${error.at === null ? "" : `, at character ${error.at + 1}`}: ${error.message}`];
  } catch {
    return [null, "what reads formulas could not be fetched"];
  }
}
