// @ts-check
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const AS_ONE_FILE = "the page as one file, unpacked";

/**
 * Prints what a visitor downloads, and fails when a part is larger than we promise.
 * @param {import("./site").Site} site
 * @param {{ html: string[], page: import("./site").Page, engines: import("./site").Engines, digits: import("./site").Digits,
 *           assets: import("./site").Assets, single: import("./site").Sized | null, embed: string }} built
 */
export function checkBudgets(site, { html, page, engines, digits, assets, single, embed }) {
  /** @param {import("./site").Entry} entry */
  const scripts = ({ script, imports }) => [script, ...imports, page.worker];
  const [index, figure] = html;
  const cpu = Object.values(engines.cpu);
  const laboratory = Object.values(engines.laboratory);
  const webgpu = Object.values(engines.webgpu ?? {});
  // The page as one file has the laboratory's engine alone.
  const [engine, first] = engines.cpu === engines.laboratory ? [] : [1_000_000, 1_100_000];
  /** Parts, their files, and the most they may weigh as gzip, in bytes. @type {[string, string[], number?][]} */
  const parts = [
    ["page JavaScript", scripts(page.page), 80_000],
    ["styles and html", [...page.page.styles, index]],
    ["script of <few-steps>", [embed], 10_000],
    ["JavaScript of an embedded figure", scripts(page.figure), 80_000],
    ["its styles and html", [...page.figure.styles, figure]],
    ["CPU engine", cpu, engine],
    ["all that training 2-D on the CPU needs", [...scripts(page.page), ...page.page.styles, index, ...cpu], first],
    ["CPU engine with the laboratory's studies", laboratory],
    ["WebGPU engine", webgpu, 3_500_000],
    ["weights", Object.values(assets.weights)],
    ["recorded first run", assets.recorded ? [assets.recorded] : []],
    ["digits", [digits.url]],
    [AS_ONE_FILE, single ? [single.url] : [], 6_000_000],
  ];
  const kilo = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(12);
  console.log(`\n${"".padEnd(40)}${"raw".padStart(12)}${"gzip".padStart(12)}${"budget".padStart(12)}`);
  const over = parts.filter(([name, files, budget]) => {
    const contents = files.map((file) => readFileSync(join(site.staging, file)));
    const raw = contents.reduce((sum, bytes) => sum + bytes.length, 0);
    const gzip = contents.reduce((sum, bytes) => sum + gzipSync(bytes, { level: 9 }).length, 0);
    console.log(`${name.padEnd(40)}${kilo(raw)}${kilo(gzip)}${budget ? kilo(budget) : ""}`);
    // No host packs what is carried on a stick.
    return budget !== undefined && (name === AS_ONE_FILE ? raw : gzip) > budget;
  });
  console.log(`${readdirSync(site.staging, { recursive: true }).length} files and folders in the site\n`);
  if (over.length > 0) throw new Error(`Over budget: ${over.map(([name]) => name).join(", ")}.`);
}
