// @ts-check
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/**
 * Prints what a visitor downloads, and fails when a part is larger than we promise.
 * @param {import("./site").Site} site
 * @param {{ html: string, page: import("./site").Page, engines: import("./site").Engines,
 *           digits: import("./site").Digits, assets: import("./site").Assets }} built
 */
export function checkBudgets(site, { html, page, engines, digits, assets }) {
  const cpu = Object.values(engines.cpu);
  const webgpu = Object.values(engines.webgpu ?? {});
  /** Parts, their files, and the most they may weigh as gzip, in bytes. @type {[string, string[], number?][]} */
  const parts = [
    ["page JavaScript", page.first, 80_000],
    ["styles and html", [...page.styles, html]],
    ["CPU engine", cpu],
    ["all that training 2-D on the CPU needs", [...page.first, ...page.styles, html, ...cpu], 1_500_000],
    ["WebGPU engine", webgpu, 5_000_000],
    ["weights", Object.values(assets.weights)],
    ["recorded first run", assets.recorded ? [assets.recorded] : []],
    ["digits", [digits.url]],
  ];
  const kilo = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(12);
  console.log(`\n${"".padEnd(40)}${"raw".padStart(12)}${"gzip".padStart(12)}${"budget".padStart(12)}`);
  const over = parts.filter(([name, files, budget]) => {
    const contents = files.map((file) => readFileSync(join(site.staging, file)));
    const raw = contents.reduce((sum, bytes) => sum + bytes.length, 0);
    const gzip = contents.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0);
    console.log(`${name.padEnd(40)}${kilo(raw)}${kilo(gzip)}${budget ? kilo(budget) : ""}`);
    return budget !== undefined && gzip > budget;
  });
  console.log(`${readdirSync(site.staging, { recursive: true }).length} files and folders in the site\n`);
  if (over.length > 0) throw new Error(`Over budget: ${over.map(([name]) => name).join(", ")}.`);
}
