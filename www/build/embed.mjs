// @ts-check
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * What posts load: the script, under a name that stays, and the pictures that stand in for figures until these run.
 * @param {import("./site").Site} site
 * @returns {Promise<string>} the script's name
 */
export async function buildEmbed(site) {
  await bundleElement({
    entryPoints: [join(site.root, "www/embed/script.js")],
    format: "iife",
    outfile: join(site.staging, "embed.js"),
  });
  const posters = join(site.root, "www/embed/posters");
  mkdirSync(join(site.staging, "posters"), { recursive: true });
  for (const name of existsSync(posters) ? readdirSync(posters) : [])
    writeFileSync(join(site.staging, "posters", name), readFileSync(join(posters, name)));
  return "embed.js";
}

/** @param {import("esbuild").BuildOptions} options */
export const bundleElement = (options) =>
  build({
    bundle: true,
    // Always: others load it.
    minify: true,
    target: "es2022",
    legalComments: "none",
    logLevel: "warning",
    ...options,
  });
