// @ts-check
/** Runs one workload of one engine, away from any page. Asked once by bench.mjs; answers once. */
import { counts } from "./count.js";

/**
 * @typedef {object} Task
 * @property {{ script: string, wasm: string }} engine
 * @property {"w1" | "w2" | "digits_simple" | "digits_accelerated"} workload
 * @property {number} warm steps before the clock starts
 * @property {number} steps steps in each timed batch
 * @property {number} batches
 * @property {number} growth steps of the run that watches memory; 0 for none
 * @property {{ images: number, evaluations: number, rounds: number } | null} sampling what is sampled besides, after one round unseen
 *
 * @typedef {{ step: number, wasm: number, live: number }} Sample
 *
 * @typedef {object} Result
 * @property {string | null} adapter
 * @property {number} first milliseconds until the first step's loss was read, pipelines included
 * @property {number} pipelines made for it
 * @property {number[]} milliseconds per step, one number a batch
 * @property {number} dispatches per step
 * @property {number} submits per step
 * @property {number} buffers created per step
 * @property {number} loss the last one, as a sign of life
 * @property {Sample[]} growth
 * @property {{ images: number, evaluations: number, milliseconds: number[], dispatches: number, submits: number } | null} sampling a round's times and counts
 */

self.onmessage = async (/** @type {MessageEvent<Task>} */ { data }) => {
  try {
    self.postMessage({ result: await measure(data) });
  } catch (error) {
    self.postMessage({ error: String(error instanceof Error ? (error.stack ?? error) : error) });
  }
};

/**
 * @param {Task} task
 * @returns {Promise<Result>}
 */
async function measure(task) {
  const engine = await import(task.engine.script);
  const { memory } = await engine.default({ module_or_path: task.engine.wasm });
  const info = (await navigator.gpu?.requestAdapter())?.info;

  const workload = await engine.Workload.create(task.workload);
  const begun = performance.now();
  await workload.steps(1);
  const first = performance.now() - begun;
  const { pipelines } = counts;
  await workload.steps(task.warm);

  const start = { ...counts };
  const milliseconds = [];
  let loss = NaN;
  for (let batch = 0; batch < task.batches; batch++) {
    const begin = performance.now();
    loss = await workload.steps(task.steps);
    milliseconds.push((performance.now() - begin) / task.steps);
  }
  const total = task.steps * task.batches;
  const perStep = (/** @type {"dispatches" | "submits" | "buffers"} */ what) => (counts[what] - start[what]) / total;

  /** @type {Result} */
  const result = {
    adapter: info ? [info.vendor, info.architecture, info.description].filter(Boolean).join(" ") : null,
    first,
    pipelines,
    milliseconds,
    dispatches: perStep("dispatches"),
    submits: perStep("submits"),
    buffers: perStep("buffers"),
    loss,
    growth: [],
    sampling: task.sampling && (await sample(workload, task.sampling)),
  };
  const every = Math.max(1, Math.round(task.growth / 50));
  for (let step = 0; step < task.growth; step += every) {
    await workload.steps(every);
    result.growth.push({ step: step + every, wasm: memory.buffer.byteLength, live: counts.live });
  }
  return result;
}

/** @param {any} workload @param {NonNullable<Task["sampling"]>} what */
async function sample(workload, { images, evaluations, rounds }) {
  await workload.sample(images, evaluations);
  const start = { ...counts };
  const milliseconds = [];
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now();
    const square = await workload.sample(images, evaluations);
    milliseconds.push(performance.now() - begin);
    if (!Number.isFinite(square)) throw new Error("The samples are not finite.");
  }
  const per = (/** @type {"dispatches" | "submits"} */ what) => (counts[what] - start[what]) / rounds;
  return { images, evaluations, milliseconds, dispatches: per("dispatches"), submits: per("submits") };
}
