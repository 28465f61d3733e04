// @ts-check
/** Memory of an engine over a long run. */
import { openArena } from "./arena.mjs";

/** @typedef {{ step: number, wasm: number, live: number }} Sample bytes, and live GPU buffers */
/** @typedef {{ backend: import("./contender.js").Backend, workload: string, milliseconds: number, first: number, dispatches: number, submits: number, samples: Sample[] }} Grown `milliseconds` a step over the run */

/**
 * @param {import("@playwright/test").Browser} browser @param {import("./site.mjs").Served} served
 * @param {import("./contender.js").Backend} backend @param {string} workload @param {number} steps
 * @returns {Promise<Grown>}
 */
export async function grow(browser, served, backend, workload, steps) {
  const arena = await openArena(browser, served.arena);
  const task = { workload, sized: null, files: served.arena };
  await arena.call("enter", "ours", { ...task, library: "ours", backend, engine: served.engines[backend] });
  const { taken: first } = await arena.call("steps", "ours", 1);
  const samples = [];
  const total = { milliseconds: 0, dispatches: 0, submits: 0 };
  const every = Math.max(1, Math.round(steps / 10));
  let step = 0;
  while (step < steps) {
    const { taken } = await arena.call("steps", "ours", every);
    step += every;
    for (const what of /** @type {const} */ (["milliseconds", "dispatches", "submits"]))
      total[what] += taken[what] / every;
    samples.push({ step, wasm: taken.memory, live: taken.live });
  }
  await arena.close();
  const mean = (/** @type {keyof typeof total} */ what) => total[what] / samples.length;
  return {
    ...{ backend, workload, first: first.milliseconds, samples },
    ...{ milliseconds: mean("milliseconds"), dispatches: mean("dispatches"), submits: mean("submits") },
  };
}
