/**
 * What the build wrote into the page: where the worker, the engines and the assets lie. All addresses come out
 * absolute, so that the page works at `/`, in a sub-folder and from a project page alike.
 */

/** @typedef {import("../engine/protocol").EngineUrls} EngineUrls */
/**
 * @typedef {object} Build
 * @property {string} worker
 * @property {string} lab the laboratory's worker
 * @property {{ cpu: EngineUrls, webgpu: EngineUrls | null }} engines
 * @property {Record<string, string>} weights shipped weights, by data set
 * @property {{ url: string, count: number } | null} digits
 * @property {string | null} recorded
 */

/** @param {string} relative */
const absolute = (relative) => new URL(relative, document.baseURI).href;

/** @returns {Build} */
function read() {
  const element = document.getElementById("build");
  const raw = element?.textContent ? JSON.parse(element.textContent) : {};
  /** @param {EngineUrls | null | undefined} urls */
  const engine = (urls) => (urls ? { script: absolute(urls.script), wasm: absolute(urls.wasm) } : null);
  return {
    worker: absolute(raw.worker ?? "worker.js"),
    lab: absolute(raw.lab ?? "lab.js"),
    engines: { cpu: engine(raw.engines?.cpu) ?? { script: "", wasm: "" }, webgpu: engine(raw.engines?.webgpu) },
    weights: Object.fromEntries(Object.entries(raw.weights ?? {}).map(([name, at]) => [name, absolute(String(at))])),
    digits: raw.digits ? { url: absolute(raw.digits.url), count: raw.digits.count } : null,
    recorded: raw.recorded ? absolute(raw.recorded) : null,
  };
}

export const build = read();

/**
 * Fetches a whole file. `onFraction` hears how much has arrived, as far as the server tells the size.
 * @param {string} url
 * @param {(fraction: number | null) => void} [onFraction]
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function download(url, onFraction) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const length = Number(response.headers.get("content-length")) || 0;
  // A compressed answer tells the compressed size only: then the fraction is unknown, not wrong.
  const known = length > 0 && !response.headers.get("content-encoding");
  if (!onFraction || !response.body) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  /** @type {Uint8Array[]} */
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    onFraction(known ? Math.min(1, size / length) : null);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
