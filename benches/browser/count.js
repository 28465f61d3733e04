// @ts-check
/**
 * Counts what a program asks of WebGPU, by standing between it and the browser. To be imported before the engine.
 * A buffer is live from its creation until it is destroyed or collected.
 */

export const counts = { dispatches: 0, submits: 0, buffers: 0, pipelines: 0, live: 0 };

if (typeof GPUDevice !== "undefined") {
  before(GPUComputePassEncoder.prototype, "dispatchWorkgroups", () => counts.dispatches++);
  before(GPUComputePassEncoder.prototype, "dispatchWorkgroupsIndirect", () => counts.dispatches++);
  before(GPUQueue.prototype, "submit", () => counts.submits++);
  before(GPUDevice.prototype, "createComputePipeline", () => counts.pipelines++);
  before(GPUDevice.prototype, "createComputePipelineAsync", () => counts.pipelines++);

  /** One entry for each live buffer; the token does not keep the buffer alive. @type {Set<object>} */
  const tokens = new Set();
  /** @type {WeakMap<GPUBuffer, object>} */
  const tokenOf = new WeakMap();
  const release = (/** @type {object | undefined} */ token) => {
    if (token && tokens.delete(token)) counts.live--;
  };
  const collected = new FinalizationRegistry(release);

  const createBuffer = GPUDevice.prototype.createBuffer;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    const token = {};
    tokens.add(token);
    tokenOf.set(buffer, token);
    collected.register(buffer, token);
    counts.buffers++;
    counts.live++;
    return buffer;
  };
  before(GPUBuffer.prototype, "destroy", (buffer) => release(tokenOf.get(buffer)));
}

/**
 * @param {any} prototype
 * @param {string} name
 * @param {(self: any) => void} note
 */
function before(prototype, name, note) {
  const original = prototype[name];
  prototype[name] = function (/** @type {any[]} */ ...words) {
    note(this);
    return original.apply(this, words);
  };
}
