// @ts-check
/** An engine as it is in the built site, alone or with workers that help it. */
import { Pool } from "../../www/engine/worker/pool.js";

/** @param {import("./contender.js").Task} task @returns {Promise<import("./contender.js").Contender>} */
export async function create({ library, engine: urls, workload: name, sized, workers = library === "ours2" ? 2 : 1 }) {
  if (!urls) throw new Error("The site has no such engine.");
  const engine = await import(urls.script);
  const { memory } = await engine.default({ module_or_path: urls.wasm });
  const workload = await (sized ? engine.Workload.points(sized.batch, sized.width) : engine.Workload.create(name));
  if (workers > 1) {
    const hire = () => {
      const hand = new Worker(urls.worker, { type: "module" });
      hand.postMessage({ type: "help", engine: urls });
      return hand;
    };
    const pool = new Pool(workers - 1, hire);
    // Sampling asks those alone that are there: a step that is not shared would start none.
    pool.prepare();
    workload.useHelpers(pool);
  }
  return {
    steps: (count) => workload.steps(count),
    sample: (count, evaluations) => workload.sample(count, evaluations),
    record: (steps, count, evaluations) => workload.record(steps, count, evaluations),
    memory: () => memory.buffer.byteLength,
  };
}
