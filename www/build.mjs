// @ts-check
/**
 * Trunk's post-build hook: from the compiled CPU engine to a site of relative, content-hashed files.
 *
 *   typings.mjs   the engine's typings, which the page is checked against
 *   engines.mjs   the WebGPU engine, and wasm-opt for both
 *   page.mjs      page and worker, bundled
 *   assets.mjs    weights, the recorded first run
 *   digits.mjs    handwritten digits, checked and packed
 *   licences.mjs  licences.txt, of what others wrote
 *   embed.mjs     embed.js, which posts load for `<few-steps>`
 *   single.mjs    fewsteps.html, all of the page in one file
 *   html.mjs      index.html and figure.html: tags, the list of built files, the content security policy
 *   offline.mjs   the manifest, and the service worker with the list of a release's files
 *   budgets.mjs   how large it all is, and whether it may be
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { packAssets } from "./build/assets.mjs";
import { checkBudgets } from "./build/budgets.mjs";
import { packDigits } from "./build/digits.mjs";
import { buildEmbed } from "./build/embed.mjs";
import { buildEngines } from "./build/engines.mjs";
import { citationOf, versionOf } from "./build/files.mjs";
import { writeHtml } from "./build/html.mjs";
import { writeLicences } from "./build/licences.mjs";
import { prepareOffline, writeServiceWorker } from "./build/offline.mjs";
import { bundlePage } from "./build/page.mjs";
import { writeSingleFile } from "./build/single.mjs";
import { checkTypings } from "./build/typings.mjs";

const staging = process.env.TRUNK_STAGING_DIR;
if (!staging) throw new Error("www/build.mjs is Trunk's post_build hook: run `cargo xtask build` instead.");

/** @type {import("./build/site").Site} */
const site = {
  root: process.env.TRUNK_SOURCE_DIR ?? process.cwd(),
  staging,
  target: process.env.CARGO_TARGET_DIR ?? "target",
  release: process.env.TRUNK_PROFILE === "release",
  served: process.env.FEWSTEPS_WEBGPU === "behind",
};

checkTypings(site);
const engines = await buildEngines(site);
const page = await bundlePage(site);
const assets = packAssets(site);
const digits = packDigits(site);
/** @type {import("./build/site").Build} */
const built = {
  version: versionOf(site, { page, engines, assets, digits }),
  citation: citationOf(site),
  licences: writeLicences(site, page.packages),
  worker: page.worker,
  studies: page.studies,
  engines,
  weights: assets.weights,
  digits,
  recorded: assets.recorded,
  hosted: null,
};
const { served } = site;
const single = served ? null : await writeSingleFile(site, built);
const embed = await buildEmbed(site);
const offline = prepareOffline(site);
/** @type {import("./build/site").Build} */
const hosted = {
  ...built,
  hosted: { embed, figure: "figure.html", single, offline: served ? null : offline },
};
const html = [
  await writeHtml(site, "index.html", "index.html", page.page, hosted),
  await writeHtml(site, "figure.html", "www/embed/figure.html", page.figure, hosted),
];
if (!served) await writeServiceWorker(site, built.version);
rmSync(join(staging, "engine"), { recursive: true, force: true });
if (site.release) checkBudgets(site, { html, page, engines, digits, assets, single, embed });
