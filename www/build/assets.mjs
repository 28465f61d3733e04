// @ts-check
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeHashed } from "./files.mjs";

/**
 * The shipped weights (one file for each data set) and the recorded first run. A fresh branch may have neither.
 * @param {import("./site").Site} site
 * @returns {import("./site").Assets}
 */
export function packAssets(site) {
  const folder = join(site.root, "www/weights");
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".safetensors")) : [];
  /** @type {Record<string, string>} */
  const weights = {};
  for (const file of files.sort()) {
    const name = file.replace(/\.safetensors$/, "");
    weights[name] = writeHashed(site, `weights/${file}`, readFileSync(join(folder, file)));
  }
  const recording = join(site.root, "www/recorded.bin");
  const recorded = existsSync(recording) ? writeHashed(site, "recorded.bin", readFileSync(recording)) : null;
  return { weights, recorded };
}
