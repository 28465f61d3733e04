// @ts-check
/**
 * What the benchmark compares, each in a worker of its own: the engines, and other libraries on the very work that an engine recorded.
 * A worker is asked for one thing at a time and answers with what it took.
 */
import { counts } from "./count.js";

/** @typedef {"cpu" | "webgpu"} Backend */
/** @typedef {"ours" | "ours2" | "tfjs" | "jax"} Library "ours2" is ours by two workers */
/**
 * @typedef {object} Task
 * @property {Library} library
 * @property {Backend} backend
 * @property {string} workload as in src/workload.rs
 * @property {{ batch: number, width: number } | null} sized a workload of another size instead
 * @property {import("./site.mjs").Engine} [engine] ours
 * @property {number} [workers] that ours computes with, one unless it is "ours2"
 * @property {Uint8Array} record of an engine, for the others
 * @property {string} files address of the WASM files of TensorFlow.js
 */
/**
 * @typedef {object} Contender
 * @property {(count: number) => Promise<number>} steps takes training steps and waits for them; the last loss
 * @property {(count: number, evaluations: number) => Promise<Float32Array>} sample from the recorded noise; the others know no other
 * @property {(steps: number, count: number, evaluations: number) => Promise<Uint8Array>} [record] ours alone
 * @property {() => number} [memory] bytes, ours alone
 */
/** @typedef {{ milliseconds: number, dispatches: number, submits: number, buffers: number, pipelines: number, live: number, memory: number }} Taken */

/** @type {Record<Library, () => Promise<{ create: (task: Task) => Promise<Contender> }>>} */
const LIBRARIES = {
  ours: () => import("./ours.js"),
  ours2: () => import("./ours.js"),
  tfjs: () => import("./peers/tfjs.js"),
  jax: () => import("./peers/jax.js"),
};

/** @type {Contender | undefined} */
let contender;

/** @type {Record<string, (...words: any[]) => Promise<any>>} */
const METHODS = {
  async open(/** @type {Task} */ task) {
    contender = await (await LIBRARIES[task.library]()).create(task);
    const info = (await navigator.gpu?.requestAdapter())?.info;
    return info ? [info.vendor, info.architecture, info.description].filter(Boolean).join(" ") : null;
  },
  steps: (count) => contender?.steps(count) ?? closed(),
  sample: (count, evaluations) => contender?.sample(count, evaluations) ?? closed(),
  record: (...words) => contender?.record?.(words[0], words[1], words[2]) ?? closed(),
};

self.onmessage = async (/** @type {MessageEvent<{ method: string, words: any[] }>} */ { data: { method, words } }) => {
  try {
    const before = { ...counts };
    const begin = performance.now();
    const value = await METHODS[method](...words);
    const milliseconds = performance.now() - begin;
    const { dispatches, submits, buffers, pipelines } = counts;
    /** @type {Taken} */
    const taken = {
      milliseconds,
      dispatches: dispatches - before.dispatches,
      submits: submits - before.submits,
      buffers: buffers - before.buffers,
      pipelines: pipelines - before.pipelines,
      live: counts.live,
      memory: contender?.memory?.() ?? 0,
    };
    self.postMessage({ value, taken });
  } catch (error) {
    self.postMessage({ error: String(error instanceof Error ? (error.stack ?? error) : error) });
  }
};

/** @returns {never} */
function closed() {
  throw new Error("Nothing is open that can do that.");
}
