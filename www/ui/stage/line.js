/** Points on a line: how densely they lie over time, noise at the left, and beside that how densely at the moment shown. */

/** @typedef {import("../../store/lanes/lanes.js").Lane} Lane */

const REACH = 3; // how far the line is seen from its middle
const CELLS = 192;
const WIDTH = 1.6; // of the kernel, in cells
const PATHS = 60; // points whose path is drawn
const TIME = 0.76; // of the picture's width

/** @type {WeakMap<Lane, HTMLCanvasElement>} */
const pictures = new WeakMap();

/** How densely `values` lie, from -REACH to REACH. @param {Float32Array} values */
export function densityOf(values) {
  const counts = new Float32Array(CELLS);
  const cell = (2 * REACH) / CELLS;
  for (const value of values) {
    const at = Math.floor((value + REACH) / cell);
    if (at >= 0 && at < CELLS) counts[at] += 1;
  }
  const half = Math.ceil(3 * WIDTH);
  const kernel = Array.from({ length: 2 * half + 1 }, (_, i) => Math.exp(-0.5 * ((i - half) / WIDTH) ** 2));
  const whole = kernel.reduce((sum, part) => sum + part, 0) * values.length * cell;
  return counts.map((_, i) => kernel.reduce((sum, part, k) => sum + part * (counts[i + k - half] ?? 0), 0) / whole);
}

/** A column for each state, the line's upper end at the top. @param {Lane} lane @param {[number, number, number]} tone */
function pictureOf(lane, [r, g, b]) {
  const found = pictures.get(lane);
  if (found) return found;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [lane.have, CELLS];
  const image = new ImageData(lane.have, CELLS);
  for (let frame = 0; frame < lane.have; frame++)
    densityOf(lane.frames.subarray(frame * lane.points, (frame + 1) * lane.points)).forEach((density, cell) => {
      image.data.set([r, g, b, 255 * (1 - Math.exp(-1.1 * density))], 4 * ((CELLS - 1 - cell) * lane.have + frame));
    });
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  pictures.set(lane, canvas);
  return canvas;
}

/**
 * @param {CanvasRenderingContext2D} context @param {Lane} lane @param {number} place in [0, 1] @param {{ low: number, high: number, weight: number }} at
 * @param {{ tone: [number, number, number], light: [number, number, number] }} glow @param {number} ratio @param {number} veil
 * @param {{ paths: boolean, beside: Float32Array | null }} more whether some points' paths are drawn; points to compare with
 */
export function drawLine(context, lane, place, at, glow, ratio, veil, { paths, beside }) {
  const { width, height } = context.canvas;
  const { frames, points, have, step, steps } = lane;
  const across = TIME * width;
  const now = place * across;
  const y = (/** @type {number} */ value) => (height / 2) * (1 - value / REACH);
  context.clearRect(0, 0, width, height);

  const picture = pictureOf(lane, glow.tone);
  for (const [from, to, alpha] of [
    [0, now, 1],
    [now, across, 0.16],
  ]) {
    if (to <= from) continue;
    context.globalAlpha = alpha * veil;
    // The first and the last column's middles lie at the ends.
    const column = (have - 1) / across;
    context.drawImage(picture, 0.5 + from * column, 0, (to - from) * column, CELLS, from, 0, to - from, height);
  }
  context.globalAlpha = 1;

  const value = (/** @type {number} */ i) => {
    const [a, b] = [frames[at.low * points + i], frames[at.high * points + i]];
    return a + at.weight * (b - a);
  };
  if (paths) {
    context.beginPath();
    for (let i = 0; i < Math.min(PATHS, points); i++) {
      context.moveTo(0, y(frames[i]));
      for (let frame = 1; frame <= at.low; frame++)
        context.lineTo((step[frame] / steps) * across, y(frames[frame * points + i]));
      context.lineTo(now, y(value(i)));
    }
    context.lineWidth = ratio;
    context.lineJoin = "round";
    context.strokeStyle = `rgb(${glow.light.join(" ")} / ${0.4 * veil})`;
    context.stroke();
  }
  context.fillStyle = "rgb(232 234 240 / 0.6)";
  context.fillRect(now - ratio / 2, 0, ratio, height);

  const density = densityOf(Float32Array.from({ length: points }, (_, i) => value(i)));
  const other = beside && densityOf(beside);
  const most = Math.max(1.2, ...density, ...(other ?? []));
  const outline = (/** @type {Float32Array} */ values) => {
    context.beginPath();
    context.moveTo(width * (TIME + 0.02), 0);
    values.forEach((_, i) => {
      const cell = CELLS - 1 - i;
      context.lineTo(width * (TIME + 0.02 + (0.97 - TIME) * (values[cell] / most)), ((i + 0.5) / CELLS) * height);
    });
    context.lineTo(width * (TIME + 0.02), height);
  };
  outline(density);
  context.fillStyle = `rgb(${glow.tone.join(" ")} / ${0.75 * veil})`;
  context.fill();
  if (!other) return;
  outline(other);
  context.lineWidth = 1.5 * ratio;
  context.strokeStyle = "rgb(232 234 240 / 0.9)";
  context.stroke();
}
