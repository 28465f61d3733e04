// @ts-check
/** An engine as it is in the built site. */

/** @param {import("./contender.js").Task} task @returns {Promise<import("./contender.js").Contender>} */
export async function create({ engine: urls, workload: name, sized }) {
  if (!urls) throw new Error("The site has no such engine.");
  const engine = await import(urls.script);
  const { memory } = await engine.default({ module_or_path: urls.wasm });
  const workload = await (sized ? engine.Workload.points(sized.batch, sized.width) : engine.Workload.create(name));
  return {
    steps: (count) => workload.steps(count),
    sample: (count, evaluations) => workload.sample(count, evaluations),
    record: (steps, count, evaluations) => workload.record(steps, count, evaluations),
    memory: () => memory.buffer.byteLength,
  };
}
