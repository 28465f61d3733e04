/** Fetching and starting one of the two engines. */
import { script } from "./script.js";

/**
 * @typedef {import("../protocol").EngineUrls} EngineUrls
 * @typedef {typeof import("../../generated/engine")} EngineModule
 */

/** Hosts that have a newer version of the page answer with an error, or with a page of theirs. @param {Response} response */
function refuseOther(response) {
  if (response.status === 404 || response.headers.get("Content-Type")?.startsWith("text/html"))
    throw Object.assign(new Error("the engine is no longer where this page looks for it"), { code: "outdated" });
}

/** @param {string} url @returns {Promise<EngineModule>} */
async function fetchedScript(url) {
  try {
    return await script(url);
  } catch (error) {
    refuseOther(await fetch(url, { method: "HEAD" }));
    throw error;
  }
}

/**
 * @param {EngineUrls} urls
 * @param {(fraction: number | null) => void} progress
 * @returns {Promise<EngineModule>}
 */
export async function load(urls, progress) {
  progress(0);
  if (!("WebAssembly" in globalThis))
    throw new Error("this browser has WebAssembly switched off, as in Lockdown Mode: allow it for this page");
  const { wasm } = urls;
  const fetched = typeof wasm === "string" ? fetch(wasm) : new Response(wasm);
  const [module, response] = await Promise.all([fetchedScript(urls.script), fetched]);
  refuseOther(response);
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
