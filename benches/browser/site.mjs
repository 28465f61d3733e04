// @ts-check
/** The built site that is measured: where its files are, and how large. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** @typedef {{ script: string, wasm: string, worker: string }} Engine with the page's worker, which helps it */
/** @typedef {{ site: string, arena: string, engines: { cpu: Engine, webgpu?: Engine } }} Served addresses */

/** @param {string} dist the site's folder @returns {import("../../www/build/site").Build} the list of built files that the page reads, too */
export function buildOf(dist) {
  const html = readFileSync(join(dist, "index.html"), "utf8");
  const json = html.match(/<script type="application\/json" id="build">([\s\S]*?)<\/script>/)?.[1];
  if (!json) throw new Error(`${dist}/index.html lists no built files: run \`cargo xtask build\`.`);
  return JSON.parse(json);
}

/** @param {string} dist @param {string} origin @returns {Served} */
export function served(dist, origin) {
  const { engines, worker } = buildOf(dist);
  const at = (/** @type {{ script: string, wasm: string }} */ { script, wasm }) => ({
    script: `${origin}/site/${script}`,
    wasm: `${origin}/site/${wasm}`,
    worker: `${origin}/site/${worker}`,
  });
  return {
    site: `${origin}/site/`,
    arena: `${origin}/bench/`,
    engines: { cpu: at(engines.cpu), ...(engines.webgpu && { webgpu: at(engines.webgpu) }) },
  };
}

/** @param {string} dist @returns {Record<string, { raw: number, gzip: number }>} */
export function sizes(dist) {
  const { engines, worker, studies } = buildOf(dist);
  const files = {
    "CPU engine": Object.values(engines.cpu),
    "WebGPU engine": Object.values(engines.webgpu ?? {}),
    workers: [worker, studies],
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, paths]) => {
      const contents = paths.map((path) => readFileSync(join(dist, path)));
      const sum = (/** @type {(bytes: Buffer) => number} */ size) =>
        contents.reduce((total, bytes) => total + size(bytes), 0);
      return [name, { raw: sum((bytes) => bytes.length), gzip: sum((bytes) => gzipSync(bytes, { level: 9 }).length) }];
    }),
  );
}
