// @ts-check
/** In the page: contenders side by side, each in a worker of its own, and what an engine recorded for the others. */
import { parse } from "./peers/record.js";

/** @type {Map<string, Worker>} */
const workers = new Map();
/** @type {{ bytes: Uint8Array, read: import("./peers/record.js").Recorded } | undefined} */
let recorded;

const arena = {
  /** @param {string} name @param {Omit<import("./contender.js").Task, "record">} task */
  enter(name, task) {
    workers.set(name, new Worker("./contender.js", { type: "module" }));
    return ask(name, "open", { ...task, record: recorded?.bytes });
  },

  /** @param {string} name @param {number} count */
  steps: (name, count) => ask(name, "steps", count),

  /**
   * Samples, and says how far they are from those recorded where these are as many: the root of the mean squared difference over that of the
   * recorded.
   * @param {string} name @param {number} count @param {number} evaluations
   */
  async sample(name, count, evaluations) {
    const { value, taken } = await ask(name, "sample", count, evaluations);
    const end = recorded?.read.end.values;
    if (!end || end.length !== value.length) return { value: NaN, taken };
    const power = (/** @type {(i: number) => number} */ of) => end.reduce((sum, _, i) => sum + of(i) ** 2, 0);
    return { value: Math.sqrt(power((i) => value[i] - end[i]) / power((i) => end[i])), taken };
  },

  /** @param {string} name @param {number} steps @param {number} count @param {number} evaluations @returns {Promise<number[]>} the losses found */
  async record(name, steps, count, evaluations) {
    const { value: bytes } = await ask(name, "record", steps, count, evaluations);
    recorded = { bytes, read: parse(bytes) };
    return [...recorded.read.losses];
  },

  /** @param {string} name */
  leave(name) {
    workers.get(name)?.terminate();
    workers.delete(name);
  },
};

/** @param {string} name @param {string} method @param {unknown[]} words @returns {Promise<{ value: any, taken: import("./contender.js").Taken }>} */
function ask(name, method, ...words) {
  return new Promise((resolve, reject) => {
    const worker = workers.get(name);
    if (!worker) return reject(new Error(`${name} has not entered.`));
    worker.onmessage = ({ data }) => (data.error ? reject(new Error(`${name}: ${data.error}`)) : resolve(data));
    worker.onerror = (event) => reject(new Error(`${name}: ${event.message}`));
    worker.postMessage({ method, words });
  });
}

Object.assign(globalThis, { arena });

/** @typedef {typeof arena} Arena */
