/** Fetching and starting one of the two engines. */
import { script } from "./script.js";

/**
 * @typedef {import("../protocol").EngineUrls} EngineUrls
 * @typedef {typeof import("../../generated/engine")} EngineModule
 */

/**
 * @param {EngineUrls} urls
 * @param {(fraction: number | null) => void} progress
 * @returns {Promise<EngineModule>}
 */
export async function load(urls, progress) {
  progress(0);
  const { wasm } = urls;
  const fetched = typeof wasm === "string" ? fetch(wasm) : new Response(wasm);
  const [module, response] = await Promise.all([script(urls.script), fetched]);
  if (!response.ok || !response.body)
    throw new Error(`the engine could not be fetched (${response.status} ${response.statusText})`);
  const total = Number(response.headers.get("Content-Length"));
  let read = 0;
  const counter = new TransformStream({
    transform(chunk, controller) {
      read += chunk.byteLength;
      progress(total > 0 ? Math.min(read / total, 0.99) : null);
      controller.enqueue(chunk);
    },
  });
  const counted = new Response(response.body.pipeThrough(counter), { headers: { "Content-Type": "application/wasm" } });
  await module.default({ module_or_path: counted });
  return module;
}
