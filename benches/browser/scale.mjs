// @ts-check
/** What training and sampling cost an engine by batch, width, points and steps. */
import { openArena } from "./arena.mjs";

/** @typedef {{ at: number, milliseconds: number[] }} Dot one number a round */
/** @typedef {"batch" | "width" | "points" | "steps" | "workers"} Along */
/** @typedef {Record<Along, Dot[]>} Scale milliseconds of a training step by batch, by width and by workers, of sampling by points and by DDIM steps */

/** What workers share: W1's step. */
export const SHARED = { batch: 1024, width: 256 };
/** What stays where the other goes along: W2's size, and what the page samples. */
export const STILL = { batch: 256, width: 128, points: 2000, steps: 20 };

/** @type {Record<Along, number[]>} */
const ALONG = {
  batch: [8, 16, 32, 64, 128, 256, 512, 1024, 2048],
  width: [16, 32, 64, 128, 256, 512],
  points: [30, 100, 300, 1000, 3000, 10000, 30000],
  steps: [1, 2, 5, 10, 20, 50],
  workers: [1, 2, 3, 4],
};
const ROUNDS = 5;
/** Milliseconds of a turn. */
const TURN = 250;

/**
 * All sizes in turn, so that what else the machine does meanwhile falls on all of them.
 * @param {import("@playwright/test").Browser} browser @param {import("./site.mjs").Served} served
 * @param {import("./contender.js").Backend} backend
 * @returns {Promise<Scale>}
 */
export async function scale(browser, served, backend) {
  const arena = await openArena(browser, served.arena);
  const engine = served.engines[backend];
  const enter = (
    /** @type {string} */ name,
    /** @type {{ batch: number, width: number }} */ sized,
    /** @type {number} */ workers,
  ) =>
    arena.call("enter", name, { library: "ours", backend, workload: "", sized, engine, workers, files: served.arena });
  const sizes = [
    ...ALONG.batch.map((at) => ({ along: /** @type {Along} */ ("batch"), at, sized: { ...STILL, batch: at } })),
    ...ALONG.width.map((at) => ({ along: /** @type {Along} */ ("width"), at, sized: { ...STILL, width: at } })),
    ...ALONG.workers.map((at) => ({ along: /** @type {Along} */ ("workers"), at, sized: SHARED })),
  ];
  /** @type {Scale} */
  const found = { batch: [], width: [], points: [], steps: [], workers: [] };

  const trained = [];
  for (const { along, at, sized } of sizes) {
    const name = `${along} ${at}`;
    await enter(name, sized, along === "workers" ? at : 1);
    const { taken } = await arena.call("steps", name, 1);
    trained.push({ name, pace: taken.milliseconds, dot: { at, milliseconds: /** @type {number[]} */ ([]) } });
    found[along].push(trained[trained.length - 1].dot);
  }
  // One round more than is kept: the browser is still optimising the engine's wasm.
  for (let round = 0; round <= ROUNDS; round++)
    for (const one of trained) {
      const steps = Math.max(1, Math.round(TURN / one.pace));
      const { taken } = await arena.call("steps", one.name, steps);
      one.pace = taken.milliseconds / steps;
      if (round > 0) one.dot.milliseconds.push(one.pace);
    }

  const name = `width ${STILL.width}`;
  const sampled = [
    ...ALONG.points.map((at) => ({ along: /** @type {Along} */ ("points"), at, points: at, steps: STILL.steps })),
    ...ALONG.steps.map((at) => ({ along: /** @type {Along} */ ("steps"), at, points: STILL.points, steps: at })),
  ].map((one) => ({ ...one, dot: { at: one.at, milliseconds: /** @type {number[]} */ ([]) } }));
  for (const { along, dot } of sampled) found[along].push(dot);
  for (let round = 0; round <= ROUNDS; round++)
    for (const { points, steps, dot } of sampled) {
      const { taken } = await arena.call("sample", name, points, steps);
      if (round > 0) dot.milliseconds.push(taken.milliseconds);
    }
  await arena.close();
  return found;
}
