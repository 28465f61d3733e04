// @ts-check
/** The benchmark's page and worker with the libraries that they measure, in a folder of its own. */
import { copyFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const BACKEND = "node_modules/@tensorflow/tfjs-backend-wasm/dist";

/** @returns {Promise<string>} the folder */
export async function bundle() {
  const folder = mkdtempSync(join(tmpdir(), "fewsteps-bench-"));
  await build({
    entryPoints: ["arena.js", "contender.js"].map((name) => join(here, name)),
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "browser",
    define: { "process.env.NODE_ENV": '"production"' },
    external: ["node:*", "fs", "path", "util", "crypto", "os", "worker_threads", "perf_hooks", "string_decoder"],
    logLevel: "warning",
  });
  copyFileSync(join(here, "arena.html"), join(folder, "index.html"));
  for (const name of ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm"])
    copyFileSync(join(here, BACKEND, name), join(folder, name));
  return folder;
}
