/**
 * A picture of the lanes that moves by itself: an SVG in which each lane's points are one path, animated from noise to data and held
 * there. It needs no script, so that it may stand in an `<img>` of any page.
 */
import { around, placeOf } from "../../store/lanes/lanes.js";
import { SIDE } from "../../store/settings/table.js";
import { LANES } from "../lanes/names.js";
import { GLOWS } from "../stage/splat.js";

/** @typedef {import("../../store/lanes/lanes.js").Lane} Lane */

/** Of one lane, in units of the picture. */
const SIZE = 300;
/** Points of a lane, and how far they are seen from the middle. */
const POINTS = 170;
const REACH = 2.6;
/** Moments from noise to data. */
const FRAMES = 8;
/** Images in a row. */
const ROW = 3;
const SECONDS = 5;
/** From this share of the time on the end is held. */
const END = 0.65;

/** @param {(Lane | null)[]} lanes @returns {string} SVG */
export function posterOf(lanes) {
  const all = lanes.filter((lane) => lane !== null);
  const parts = all.map((lane, i) => {
    const inside = lane.kind === "points" ? cloud(lane) : grid(lane, i);
    const colour = `rgb(${GLOWS[LANES[i]].tone.join(" ")})`;
    return `<g transform="translate(${i * SIZE} 0)" stroke="${colour}">${inside}</g>`;
  });
  const width = SIZE * Math.max(1, all.length);
  const still =
    "@media(prefers-reduced-motion:reduce){.m{display:none}}@media not (prefers-reduced-motion:reduce){.s{display:none}}";
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${SIZE}"><title>From noise to data</title><style>${still}</style>` +
    `<rect width="${width}" height="${SIZE}" fill="#0b0d13"/>${parts.join("")}</svg>`
  );
}

/** Moments of a lane, in [0, 1]. */
const places = Array.from({ length: FRAMES }, (_, i) => i / (FRAMES - 1));
const times = [...places.map((place) => (END * place).toFixed(3)), 1].join(";");

/** @param {Lane} lane */
function cloud(lane) {
  const count = Math.min(POINTS, lane.points);
  const paths = places.map((place) => pathAt(lane, place, count));
  const end = paths[FRAMES - 1];
  const values = [...paths, end].join(";");
  const line = `fill="none" stroke-width="3.4" stroke-linecap="round" stroke-opacity=".8"`;
  return (
    `<path class="s" ${line} d="${end}"/><path class="m" ${line} d="${end}">` +
    `<animate attributeName="d" dur="${SECONDS}s" repeatCount="indefinite" keyTimes="${times}" values="${values}"/></path>`
  );
}

/** Each point is a line of no length, whose round ends are a dot. @param {Lane} lane @param {number} place @param {number} count */
function pathAt(lane, place, count) {
  const { low, high, weight } = around(lane, place);
  const scale = SIZE / 2 / REACH;
  let path = "";
  for (let i = 0; i < count; i++) {
    const [from, to] = [low, high].map((frame) => placeOf(lane, frame, i));
    const [x, y] = from.map((a, k) => a + weight * (to[k] - a));
    path += `M${Math.round(SIZE / 2 + scale * x)} ${Math.round(SIZE / 2 - scale * y)}h0`;
  }
  return path;
}

/** Images as one small picture for each moment, shown in turn. @param {Lane} lane @param {number} index */
function grid(lane, index) {
  const moments = places.filter((_, i) => i % 2 === 0 || i === FRAMES - 1);
  const edge = ROW * SIDE;
  const pictures = moments.map((place) => tile(lane, place, GLOWS[LANES[index]].tone));
  const image = (/** @type {string} */ data, /** @type {string} */ inside, /** @type {string} */ name) =>
    `<image class="${name}" href="${data}" x="22" y="22" width="${SIZE - 44}" height="${SIZE - 44}" style="image-rendering:auto">${inside}</image>`;
  const step = END / (moments.length - 1);
  const moving = pictures.map((data, i) => {
    const last = i === moments.length - 1;
    const [from, to] = [i * step, last ? 1 : (i + 1) * step];
    const keys =
      i === 0 ? `0;${to.toFixed(3)}` : last ? `0;${from.toFixed(3)}` : `0;${from.toFixed(3)};${to.toFixed(3)}`;
    const shown = i === 0 ? "1;0" : last ? "0;1" : "0;1;0";
    return image(
      data,
      `<animate attributeName="opacity" calcMode="discrete" dur="${SECONDS}s" repeatCount="indefinite" keyTimes="${keys}" values="${shown}"/>`,
      "m",
    );
  });
  return edge ? image(pictures[moments.length - 1], "", "s") + moving.join("") : "";
}

/** @param {Lane} lane @param {number} place @param {[number, number, number]} tone @returns {string} a data URL */
function tile(lane, place, tone) {
  const { low } = around(lane, place);
  const pixels = SIDE * SIDE;
  const last = lane.frames.subarray(-lane.points * pixels);
  const [paper, ink] = [last.reduce((a, b) => Math.min(a, b), 0), last.reduce((a, b) => Math.max(a, b), 1)];
  const image = new ImageData(ROW * SIDE, ROW * SIDE);
  for (let i = 0; i < Math.min(ROW * ROW, lane.points); i++) {
    const from = (low * lane.points + i) * pixels;
    for (let k = 0; k < pixels; k++) {
      const x = (i % ROW) * SIDE + (k % SIDE);
      const y = Math.floor(i / ROW) * SIDE + Math.floor(k / SIDE);
      const light = Math.min(1, Math.max(0, (lane.frames[from + k] - paper) / (ink - paper)));
      const at = 4 * (y * ROW * SIDE + x);
      image.data.set([11 + light * (tone[0] - 11), 13 + light * (tone[1] - 13), 19 + light * (tone[2] - 19), 255], at);
    }
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.4);
}
