/**
 * What the browser offers, asked before any engine is fetched: the WebGPU engine stops for good when it meets an
 * adapter that lacks what it needs.
 */

/** What the engine's runtime asks of an adapter beyond the defaults. */
const NEEDED = "timestamp-query";

/** The least that each WebGPU adapter allows by the standard; what is called one and allows less is none for the engine. */
const LEAST = {
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxStorageBuffersPerShaderStage: 8,
  maxStorageBufferBindingSize: 2 ** 27,
};

/** Adapters that compute on the CPU, by the words in their description. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|software/i;

/**
 * @typedef {object} Probe
 * @property {boolean} usable whether the WebGPU engine can run at all
 * @property {boolean} real whether it would run on a GPU
 * @property {string | null} adapter the adapter's name
 * @property {string} why what is missing, as the end of a sentence
 */

/**
 * What comes in time, else an `Error`: some drivers never answer.
 * @template T
 * @param {Promise<T>} coming @param {number} milliseconds @param {string} late
 * @returns {Promise<T>}
 */
export function inTime(coming, milliseconds, late) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const end = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(late)), milliseconds);
  });
  return Promise.race([coming, end]).finally(() => clearTimeout(timer));
}

/** @param {number} patience how long the browser may take to say what it has, in milliseconds @returns {Promise<Probe>} */
export async function probe(patience) {
  const gpu = /** @type {any} */ (navigator).gpu;
  const none = (/** @type {string} */ why) => ({ usable: false, real: false, adapter: null, why });
  if (!gpu) return none("this browser has no WebGPU here");
  let adapter;
  try {
    const coming = gpu.requestAdapter({ powerPreference: "high-performance" });
    adapter = await inTime(Promise.resolve(coming), patience, "the browser did not say in time which adapter there is");
  } catch (error) {
    return none(`WebGPU failed to start (${error instanceof Error ? error.message : error})`);
  }
  if (!adapter) return none("this browser offers no WebGPU adapter");
  const info = adapter.info ?? {};
  const words = [info.vendor, info.architecture, info.device, info.description].filter(Boolean);
  const name = info.description || words.slice(0, 2).join(" ") || "unnamed adapter";
  if (!adapter.features.has(NEEDED)) return { ...none(`the adapter ${name} lacks ${NEEDED}`), adapter: name };
  const low = Object.entries(LEAST).find(([limit, least]) => !(adapter.limits?.[limit] >= least));
  if (low) return { ...none(`the adapter ${name} allows too little (${low[0]} below ${low[1]})`), adapter: name };
  const software = adapter.isFallbackAdapter || info.isFallbackAdapter || SOFTWARE.test(words.join(" "));
  return {
    usable: true,
    real: !software,
    adapter: name,
    why: software ? `the only adapter (${name}) is software` : "",
  };
}
