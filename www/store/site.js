/** Where the built files of the page lie: workers, engines, weights, data. Found once, by `locate`, before anything is fetched. */

/** @typedef {import("../engine/protocol").EngineUrls} EngineUrls */
/** @typedef {{ url: string, bytes: number }} Sized a file, and its size in bytes */
/** @typedef {{ embed: string, figure: string, single: Sized | null, offline: Sized | null }} Hosted */
/**
 * @typedef {object} Site absolute URLs, so that the page works at `/`, in a folder and from a project page alike
 * @property {string} worker the engine's
 * @property {string} studies the laboratory's worker
 * @property {{ cpu: EngineUrls, laboratory: EngineUrls, webgpu: EngineUrls | null }} engines
 * @property {Record<string, string>} weights shipped weights, by data set
 * @property {{ url: string } | null} digits
 * @property {string | null} recorded
 * @property {Hosted | null} hosted what there is only where a host serves the page
 * @property {string} version of the crate, and which build of it
 * @property {string} citation in BibTeX
 * @property {string} licences of what others wrote
 * @property {boolean} embedded whether this is a figure in a post, which stores nothing
 */

/** @type {Site} */
export const site = {
  worker: "",
  studies: "",
  engines: { cpu: { script: "", wasm: "" }, laboratory: { script: "", wasm: "" }, webgpu: null },
  weights: {},
  digits: null,
  recorded: null,
  hosted: null,
  version: "",
  citation: "",
  licences: "",
  embedded: false,
};

/** @typedef {{ script: string, wasm: string }} EngineFiles */
/** @typedef {Omit<Site, "engines" | "embedded"> & { engines: { cpu: EngineFiles, laboratory: EngineFiles, webgpu: EngineFiles | null } }} Built */

/**
 * @param {Built} built as the build wrote it, relative to `base`
 * @param {string} base
 * @param {Record<string, Blob>} [files] that came with the page
 */
export function locate(
  { worker, studies, engines, weights, digits, recorded, hosted, version, citation, licences },
  base,
  files = {},
) {
  const absolute = (/** @type {string} */ name) =>
    name in files ? URL.createObjectURL(files[name]) : new URL(name, base).href;
  const engine = (/** @type {EngineFiles} */ { script, wasm }) => ({
    script: absolute(script),
    wasm: files[wasm] ?? absolute(wasm),
  });
  site.worker = absolute(worker);
  site.studies = absolute(studies);
  site.engines = {
    cpu: engine(engines.cpu),
    laboratory: engine(engines.laboratory),
    webgpu: engines.webgpu && engine(engines.webgpu),
  };
  site.weights = Object.fromEntries(Object.entries(weights).map(([name, url]) => [name, absolute(url)]));
  site.digits = digits && { url: absolute(digits.url) };
  site.recorded = recorded && absolute(recorded);
  const sized = (/** @type {Sized | null} */ file) => file && { ...file, url: absolute(file.url) };
  site.hosted = hosted && {
    embed: absolute(hosted.embed),
    figure: absolute(hosted.figure),
    single: sized(hosted.single),
    offline: sized(hosted.offline),
  };
  site.version = version;
  site.citation = citation;
  site.licences = absolute(licences);
}
