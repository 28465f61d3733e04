// @ts-check
import { join } from "node:path";
import { build } from "esbuild";

/**
 * A small script of www/boot as text that stands in a page.
 * @param {import("./site").Site} site
 * @param {string} file
 * @returns {Promise<string>}
 */
export async function inlined(site, file) {
  const { outputFiles } = await build({
    entryPoints: [join(site.root, file)],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2020",
    minify: true,
    logLevel: "warning",
  });
  // "</script" would end the element early.
  return outputFiles[0].text.trim().replaceAll("</", "<\\/");
}
