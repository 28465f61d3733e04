/** Where the built files of the page lie: workers, engines, weights, data. Found once, by `locate`, before anything is fetched. */

/** @typedef {import("../engine/protocol").EngineUrls} EngineUrls */
/**
 * @typedef {object} Site absolute URLs, so that the page works at `/`, in a folder and from a project page alike
 * @property {string} worker the engine's
 * @property {string} studies the laboratory's worker
 * @property {{ cpu: EngineUrls, webgpu: EngineUrls | null }} engines
 * @property {Record<string, string>} weights shipped weights, by data set
 * @property {{ url: string } | null} digits
 * @property {string | null} recorded
 */

/** @type {Site} */
export const site = {
  worker: "",
  studies: "",
  engines: { cpu: { script: "", wasm: "" }, webgpu: null },
  weights: {},
  digits: null,
  recorded: null,
};

/** @param {Site} built as the build wrote it, relative to `base` @param {string} base */
export function locate({ worker, studies, engines, weights, digits, recorded }, base) {
  const absolute = (/** @type {string} */ relative) => new URL(relative, base).href;
  const engine = (/** @type {EngineUrls} */ { script, wasm }) => ({ script: absolute(script), wasm: absolute(wasm) });
  site.worker = absolute(worker);
  site.studies = absolute(studies);
  site.engines = { cpu: engine(engines.cpu), webgpu: engines.webgpu && engine(engines.webgpu) };
  site.weights = Object.fromEntries(Object.entries(weights).map(([name, url]) => [name, absolute(url)]));
  site.digits = digits && { url: absolute(digits.url) };
  site.recorded = recorded && absolute(recorded);
}
