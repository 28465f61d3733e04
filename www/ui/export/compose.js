/** The stage as one picture: its lanes side by side as they are drawn now, named, with their errors. */
import { distanceAt, shown } from "../../store/lanes/lanes.js";
import { position } from "../../store/player.js";
import { settings } from "../../store/settings/settings.js";
import { optionsOf, sampler } from "../../store/settings/table.js";
import { LANES, laneTitle, settingsShown } from "../lanes/names.js";
import { GLOWS } from "../stage/splat.js";
import { counted, errorText } from "../text.js";

const INK = "#e8eaf0";
const QUIET = "#a3a9b8";
const FIELD = "#0b0d13";

/** The pictures of the lanes, as the stage draws them. */
const canvases = () =>
  [...document.querySelectorAll("#stage .lane-view > canvas")].map(
    (canvas) => /** @type {HTMLCanvasElement} */ (canvas),
  );

/**
 * @param {HTMLCanvasElement} target takes the size that is needed
 * @param {number} widest width of one lane at most, in pixels
 */
export function compose(target, widest) {
  const lanes = canvases();
  const context = /** @type {CanvasRenderingContext2D} */ (target.getContext("2d", { willReadFrequently: true }));
  const largest = Math.max(...lanes.map(({ width }) => width));
  const scale = Math.min(1, widest / largest);
  const [w, h] = [Math.round(largest * scale), Math.round(Math.max(...lanes.map(({ height }) => height)) * scale)];
  const unit = Math.max(11, Math.round(w / 26));
  const [head, foot] = [Math.round(2.4 * unit), Math.round(4 * unit)];
  // Encoders of video halve the size of the colours.
  const size = [w * lanes.length, head + h + foot].map((side) => side + (side % 2));
  if (target.width !== size[0] || target.height !== size[1]) [target.width, target.height] = size;
  const family = getComputedStyle(document.body).fontFamily;
  context.fillStyle = FIELD;
  context.fillRect(0, 0, target.width, target.height);
  context.textBaseline = "alphabetic";
  lanes.forEach((canvas, i) => {
    const [setting, lane] = [settingsShown()[i], shown.peek()[i]];
    if (!setting) return;
    const left = i * w + unit;
    context.drawImage(canvas, i * w, head, w, h);
    context.fillStyle = `rgb(${GLOWS[LANES[i]].tone.join(" ")})`;
    context.font = `${Math.round(1.3 * unit)}px ${family}`;
    const [title, label] = [laneTitle(setting), sampler(setting.sampler).label];
    context.fillText(title, left, Math.round(1.6 * unit));
    const after = left + context.measureText(title).width + 0.6 * unit;
    context.font = `${unit}px ${family}`;
    context.fillStyle = QUIET;
    if (title !== label) context.fillText(label, after, Math.round(1.6 * unit));
    if (!lane) return;
    const found = distanceAt(lane, position.peek());
    const words = [counted(lane.evaluations, "evaluation"), ...(found ? [`error ${errorText(found)}`] : [])];
    context.fillStyle = INK;
    context.fillText(words.join(", "), left, head + h + Math.round(1.3 * unit));
  });
  const { data, seed } = settings.peek();
  const name = optionsOf("data").find(({ value }) => value === data)?.label ?? data;
  context.fillStyle = QUIET;
  context.fillText(`${name}, seed ${seed} · Fewsteps`, unit, head + h + Math.round(3 * unit));
}

/** @returns {Promise<Blob>} */
export function stagePicture() {
  const canvas = document.createElement("canvas");
  compose(canvas, 1200);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the browser made no picture")))),
  );
}
