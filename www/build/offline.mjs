// @ts-check
/** What makes the page work without a network: the manifest with its icons, and the service worker with the list of a release's files. */
import { cpSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { fingerprint } from "./files.mjs";

const WORKER = "service-worker.js";

/** What is no part of a release that is kept: the engine before it is finished, what debuggers read, the page as one file. */
const APART = /^engine\/|\.map$|\.LEGAL\.txt$|^fewsteps\.html$|^service-worker\.js$|\.d\.ts$/;

/** @param {import("./site").Site} site */
const files = (site) =>
  readdirSync(site.staging, { recursive: true })
    .map((name) => String(name).replaceAll("\\", "/"))
    .filter((name) => !APART.test(name) && statSync(join(site.staging, name)).isFile())
    .sort();

/**
 * The manifest and its icons; and how much will be stored, but for the documents, which say so.
 * @param {import("./site").Site} site
 * @returns {import("./site").Sized}
 */
export function prepareOffline(site) {
  const from = join(site.root, "www/offline");
  cpSync(join(from, "icons"), join(site.staging, "icons"), { recursive: true });
  cpSync(join(from, "manifest.webmanifest"), join(site.staging, "manifest.webmanifest"));
  cpSync(join(from, "social.jpg"), join(site.staging, "social.jpg"));
  const bytes = files(site).reduce((sum, name) => sum + statSync(join(site.staging, name)).size, 0);
  return { url: WORKER, bytes };
}

/**
 * The service worker, when all else is written.
 * @param {import("./site").Site} site
 * @param {string} version
 */
export async function writeServiceWorker(site, version) {
  const list = files(site).map((name) => {
    const content = readFileSync(join(site.staging, name));
    return [name, fingerprint(content), content.length];
  });
  await build({
    entryPoints: [join(site.root, "www/offline/worker.js")],
    outfile: join(site.staging, WORKER),
    bundle: true,
    format: "iife",
    target: "es2022",
    minify: site.release,
    define: { RELEASE: JSON.stringify({ version: `${version} ${fingerprint(JSON.stringify(list))}`, files: list }) },
    logLevel: "warning",
  });
}
