/** Messages to a figure, which anyone may send: nothing of them is believed. Pure. */

/** @typedef {import("../../embed/protocol").ToFigure} ToFigure */

/** @param {any} data @returns {ToFigure | null} null where it is no message of ours, or not of the shape that one has */
export function understood(data) {
  if (typeof data !== "object" || data === null || data.fewsteps !== 1) return null;
  const text = (/** @type {unknown} */ value) => typeof value === "string" && value.length < 20_000;
  const whole = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) > 0;
  switch (data.type) {
    case "play":
    case "pause":
    case "sample":
    case "sleep":
      return data;
    case "train":
      return data.steps === undefined || whole(data.steps) ? data : null;
    case "poster":
      return whole(data.id) ? data : null;
    case "settings":
      return whole(data.id) && (data.hash === undefined || text(data.hash)) ? data : null;
    case "look":
      return ["theme", "font", "ink", "paper"].every((key) => text(data[key])) ? data : null;
    default:
      return null;
  }
}
