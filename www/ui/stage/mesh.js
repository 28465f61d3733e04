/**
 * How a lane's map from noise to data bends space: what has become of a square mesh of starting places. Between three points that started
 * around a place the map is taken as linear, so that nothing but the lane itself has to be computed.
 */
import Delaunator from "delaunator";

/** @typedef {import("../../store/lanes/lanes.js").Lane} Lane */

const SPACING = 0.25; // from one line to the next, in widths of the noise
const LINES = 9; // on each side of the middle
const PARTS = 5; // straight pieces from one line to the next
const NODES = 2 * LINES * PARTS + 1; // along one line

/** For each node its three points, and how much each counts; no weight where no three points are around it. @typedef {{ corners: Uint32Array, weights: Float32Array }} Mesh */

/** @type {WeakMap<Lane, Mesh>} */
const meshes = new WeakMap();

/** @param {Float32Array} start [points, 2] @returns {Mesh} of the nodes in rows */
export function meshOver(start) {
  const { triangles } = new Delaunator(start);
  const mesh = { corners: new Uint32Array(3 * NODES * NODES), weights: new Float32Array(3 * NODES * NODES) };
  const onMesh = (/** @type {number} */ value) => (value * PARTS) / SPACING + LINES * PARTS;
  const clamp = (/** @type {number} */ value) => Math.max(0, Math.min(NODES - 1, value));
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = triangles.subarray(t, t + 3);
    const [[ax, ay], [bx, by], [cx, cy]] = Array.from(corners, (i) => [onMesh(start[2 * i]), onMesh(start[2 * i + 1])]);
    const area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay);
    const [left, right] = [clamp(Math.ceil(Math.min(ax, bx, cx))), clamp(Math.floor(Math.max(ax, bx, cx)))];
    const [low, high] = [clamp(Math.ceil(Math.min(ay, by, cy))), clamp(Math.floor(Math.max(ay, by, cy)))];
    for (let y = low; y <= high; y++)
      for (let x = left; x <= right; x++) {
        if (x % PARTS && y % PARTS) continue;
        const second = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area;
        const third = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area;
        if (!(second >= 0 && third >= 0 && second + third <= 1)) continue;
        mesh.corners.set(corners, 3 * (y * NODES + x));
        mesh.weights.set([1 - second - third, second, third], 3 * (y * NODES + x));
      }
  }
  return mesh;
}

/**
 * @param {CanvasRenderingContext2D} context @param {Lane} lane @param {{ low: number, high: number, weight: number }} at
 * @param {{ scale: number, middle: number }} plane @param {string} colour as "r g b" @param {number} ratio @param {number} veil
 */
export function drawMesh(context, lane, at, { scale, middle }, colour, ratio, veil) {
  const { frames, points } = lane;
  let mesh = meshes.get(lane);
  if (!mesh) {
    mesh = meshOver(frames.subarray(0, 2 * points));
    meshes.set(lane, mesh);
  }
  const { corners, weights } = mesh;
  const [from, to] = [2 * points * at.low, 2 * points * at.high];
  const centre = context.canvas.width / 2;
  /** @param {number} node @param {boolean} begun @returns {boolean} whether the line goes on from there */
  const visit = (node, begun) => {
    let [x, y, sum] = [0, 0, 0];
    for (let k = 3 * node; k < 3 * node + 3; k++) {
      const i = 2 * corners[k];
      x += weights[k] * (frames[from + i] + at.weight * (frames[to + i] - frames[from + i]));
      y += weights[k] * (frames[from + i + 1] + at.weight * (frames[to + i + 1] - frames[from + i + 1]));
      sum += weights[k];
    }
    if (sum === 0) return false;
    if (begun) context.lineTo(centre + scale * x, middle - scale * y);
    else context.moveTo(centre + scale * x, middle - scale * y);
    return true;
  };
  context.beginPath();
  for (let line = 0; line < NODES; line += PARTS)
    for (const [start, step] of [
      [line * NODES, 1],
      [line, NODES],
    ])
      for (let i = 0, begun = false; i < NODES; i++) begun = visit(start + i * step, begun);
  context.lineWidth = ratio;
  context.lineJoin = "round";
  context.strokeStyle = `rgb(${colour} / ${0.6 * veil})`;
  context.stroke();
}
