/**
 * The first picture: a short run of this same engine, recorded when the page was built. It plays before any
 * WebAssembly is fetched, and gives way to the live engine.
 *
 * Layout: u32 LE length of a JSON header, the header, then i16 LE coordinates / 8192: the data [n, 2], then each
 * lane [frames, points, 2].
 */

import { data, showLanes, shown } from "./lanes/lanes.js";
import { site } from "./site.js";

/**
 * @typedef {object} Header
 * @property {string} data
 * @property {number} seed
 * @property {number} steps
 * @property {number} dataPoints
 * @property {{ sampler: import("../generated/settings").Sampler, source: import("../generated/settings").Source, frames: number, points: number, error: (number | null)[][], sigmas: number[], step: number[], evaluations: number, cost: number }[]} lanes
 */

/** Shows the recording unless something live is already there. @returns {Promise<boolean>} */
export async function showRecording() {
  if (!site.recorded) return false;
  try {
    const response = await fetch(site.recorded);
    if (!response.ok) return false;
    const recording = read(await response.arrayBuffer());
    if (shown.value.some(Boolean)) return false;
    data.value = recording.data;
    showLanes(recording.lanes);
    return true;
  } catch {
    return false; // The stage says that it waits for the engine; nothing is lost.
  }
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {{ data: NonNullable<typeof data.value>, lanes: import("./lanes/lanes.js").Lane[] }}
 */
function read(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  /** @type {Header} */
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const values = new Int16Array(buffer.slice(4 + length));
  let at = 0;
  /** @param {number} count */
  const take = (count) => {
    const part = new Float32Array(count);
    for (let i = 0; i < count; i++) part[i] = values[at + i] / 8192;
    at += count;
    return part;
  };
  const points = take(header.dataPoints * 2);
  return {
    data: { kind: "points", dimension: 2, points, count: header.dataPoints },
    lanes: header.lanes.map((lane) => ({
      frames: take(lane.frames * lane.points * 2),
      denoised: [],
      points: lane.points,
      dimension: 2,
      kind: "points",
      total: lane.frames,
      have: lane.frames,
      sigmas: Float32Array.from(lane.sigmas),
      step: Float32Array.from(lane.step),
      errors: Float32Array.from(lane.error.flat(), (value) => value ?? NaN),
      steps: header.steps,
      budget: header.steps,
      evaluations: lane.evaluations,
      spent: [
        [0, 0],
        [header.steps, lane.evaluations],
      ],
      cost: lane.cost,
      classes: null,
      setting: { sampler: lane.sampler, source: lane.source },
    })),
  };
}
