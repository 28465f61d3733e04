// @ts-check
/** The engines against other libraries on the very same work: first whether they find the same, then how long each takes, in turn. */
import { openArena } from "./arena.mjs";
import { busiest, threads } from "./processor.mjs";

/** @typedef {import("./contender.js").Backend} Backend */
/** @typedef {import("./contender.js").Library} Library */
/**
 * @typedef {object} Plan
 * @property {number} agree steps whose losses must agree, the peers' batches from then on
 * @property {number} warm milliseconds before the clock starts: a browser optimises wasm in the background meanwhile
 * @property {number} turn milliseconds that a turn aims to take, of whole steps
 * @property {number} rounds turns of each
 * @property {number} sampled rounds of sampling, after one unseen
 * @property {{ count: number, evaluations: number }} samples
 */
/**
 * @typedef {object} Compared
 * @property {Library} library
 * @property {Backend} backend
 * @property {string} workload
 * @property {{ count: number, evaluations: number }} samples
 * @property {number} first milliseconds of the first step, to its loss
 * @property {number} pipelines made for it
 * @property {number[]} losses on the recorded batches
 * @property {number} offLosses largest difference from the recorded losses, relative
 * @property {number} offSamples root mean squared difference from the recorded samples, relative
 * @property {number[]} milliseconds a step, one number a round
 * @property {number[]} processor the same of the busiest thread's processor time; zeros where it isn't known
 * @property {number} dispatches a step
 * @property {number} submits a step
 * @property {number} buffers created a step
 * @property {number[]} sampling milliseconds, one number a round
 * @property {number[]} samplingProcessor of the busiest thread, one number a round
 * @property {number} dispatchesSampling an evaluation
 * @property {number} submitsSampling an evaluation
 */

/** Rounding grows with the steps; another network, batch or optimiser is off by more than this at the second step. */
const SAME_LOSSES = 1e-3;
const SAME_SAMPLES = 1e-2;

/** In the order in which they take turns: two workers are for the CPU. @type {Record<Backend, Library[]>} */
const LIBRARIES = { cpu: ["ours", "ours2", "tfjs", "jax"], webgpu: ["ours", "tfjs", "jax"] };

/**
 * @param {import("@playwright/test").Browser} browser
 * @param {import("./site.mjs").Served} served
 * @param {Backend} backend @param {string} workload @param {Plan} plan
 * @returns {Promise<Compared[]>} ours first
 */
export async function compare(browser, served, backend, workload, plan) {
  const arena = await openArena(browser, served.arena);
  const task = { workload, sized: null, files: served.arena };
  const { count, evaluations } = plan.samples;
  await arena.call("enter", "recorder", { ...task, library: "ours", backend: "cpu", engine: served.engines.cpu });
  const losses = await arena.call("record", "recorder", plan.agree, count, evaluations);
  await arena.call("leave", "recorder");

  const all = [];
  for (const library of LIBRARIES[backend]) {
    await arena.call("enter", library, { ...task, library, backend, engine: served.engines[backend] });
    all.push(await agreeing(arena, library, losses, plan));
  }
  for (const one of all) {
    const start = performance.now();
    while (performance.now() - start < plan.warm) await turn(arena, one, plan.turn);
    Object.assign(one, { milliseconds: [], processor: [], steps: 0, dispatches: 0, submits: 0, buffers: 0 });
  }
  for (let round = 0; round < plan.rounds; round++) for (const one of all) await turn(arena, one, plan.turn);
  for (let round = 0; round < plan.sampled; round++)
    for (const { library, sampling, samplingProcessor } of all) {
      const before = threads();
      const { taken } = await arena.call("sample", library, count, evaluations);
      sampling.push(taken.milliseconds);
      samplingProcessor.push(busiest(before, threads()));
    }
  await arena.close();
  return all.map(({ pace, steps, dispatches, submits, buffers, ...one }) => ({
    ...{ ...one, backend, workload, samples: plan.samples },
    ...{ dispatches: dispatches / steps, submits: submits / steps, buffers: buffers / steps },
  }));
}

/** @typedef {Awaited<ReturnType<typeof openArena>>} Arena */

/** The recorded steps and samples, which must be found again. @param {Arena} arena @param {Library} library @param {number[]} losses @param {Plan} plan */
async function agreeing(arena, library, losses, { samples }) {
  const [found, taken] = [/** @type {number[]} */ ([]), /** @type {import("./contender.js").Taken[]} */ ([])];
  for (const _ of losses) {
    const step = await arena.call("steps", library, 1);
    found.push(step.value);
    taken.push(step.taken);
  }
  const sampled = await arena.call("sample", library, samples.count, samples.evaluations);
  const [offLosses, offSamples] = [Math.max(...found.map((loss, i) => Math.abs(loss / losses[i] - 1))), sampled.value];
  if (!(offLosses < SAME_LOSSES && offSamples < SAME_SAMPLES))
    throw new Error(`${library} does other work: losses ${found} for ${losses}, samples off by ${offSamples}.`);
  return {
    ...{ library, losses: found, offLosses, offSamples, pace: taken[taken.length - 1].milliseconds },
    ...{ first: taken[0].milliseconds, pipelines: taken[0].pipelines },
    ...{ milliseconds: /** @type {number[]} */ ([]), processor: /** @type {number[]} */ ([]) },
    ...{ sampling: /** @type {number[]} */ ([]), samplingProcessor: /** @type {number[]} */ ([]) },
    ...{ steps: 0, dispatches: 0, submits: 0, buffers: 0 },
    dispatchesSampling: sampled.taken.dispatches / samples.evaluations,
    submitsSampling: sampled.taken.submits / samples.evaluations,
  };
}

/** As many steps as take about `milliseconds`, one at least. @param {Arena} arena @param {Awaited<ReturnType<typeof agreeing>>} one @param {number} milliseconds */
async function turn(arena, one, milliseconds) {
  const steps = Math.max(1, Math.round(milliseconds / one.pace));
  const before = threads();
  const { taken } = await arena.call("steps", one.library, steps);
  one.processor.push(busiest(before, threads()) / steps);
  one.pace = taken.milliseconds / steps;
  one.milliseconds.push(one.pace);
  one.steps += steps;
  for (const what of /** @type {const} */ (["dispatches", "submits", "buffers"])) one[what] += taken[what];
}
