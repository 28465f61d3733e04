// @ts-check
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";
import { lightScheme } from "./schemes.mjs";

/** The library that draws SVG reads a font by a style attribute, which the page's policy forbids: by the style itself it may. @type {import("esbuild").Plugin} */
const withoutStyleAttribute = {
  name: "without-style-attribute",
  setup(build) {
    build.onLoad({ filter: /svgcanvas\.esm\.js$/ }, ({ path }) => {
      const attribute = `el.setAttribute("style", 'font:' + this.font)`;
      const text = readFileSync(path, "utf8");
      if (!text.includes(attribute)) throw new Error(`${path} reads fonts in another way than it did.`);
      return { contents: text.replace(attribute, "el.style.font = this.font"), loader: "js" };
    });
  },
};

/**
 * How the page is bundled.
 * @param {import("./site").Site} site
 * @returns {import("esbuild").BuildOptions}
 */
export function pageOptions(site) {
  return {
    absWorkingDir: site.root,
    outdir: site.staging,
    bundle: true,
    metafile: true,
    format: "esm",
    target: "es2022",
    minify: site.release,
    sourcemap: site.release ? false : "linked",
    legalComments: "linked",
    jsx: "automatic",
    jsxImportSource: "preact",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".svg": "file", ".woff2": "file", ".png": "file" },
    define: { "process.env.NODE_ENV": site.release ? '"production"' : '"development"' },
    plugins: [lightScheme, withoutStyleAttribute],
    logLevel: "warning",
  };
}

/**
 * Bundles the page (with its lazy parts as chunks) and the workers. The engine is in neither: the worker imports
 * it by URL when it is needed.
 * @param {import("./site").Site} site
 * @returns {Promise<import("./site").Page>}
 */
export async function bundlePage(site) {
  const common = pageOptions(site);
  const page = await build({
    ...common,
    entryPoints: { page: "www/main.jsx", figure: "www/figure.jsx" },
    splitting: true,
  });
  const workers = await build({
    ...common,
    entryPoints: { worker: "www/engine/worker/main.js", studies: "www/engine/studies/worker.js" },
  });
  /** @param {string} output */
  const name = (output) => relative(site.staging, join(site.root, output)).replaceAll("\\", "/");
  /** @param {string} source @returns {import("./site").Entry} */
  const document = (source) => {
    const script = entry(page.metafile, source);
    const style = page.metafile?.outputs[script].cssBundle;
    const [, ...imports] = together(page.metafile, script);
    return { script: name(script), imports: imports.map(name), styles: style ? [name(style)] : [] };
  };
  const inputs = [page, workers].flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {}));
  const packages = inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []);
  const files = [page, workers].flatMap(({ metafile }) => Object.keys(metafile?.outputs ?? {}).map(name));
  return {
    page: document("www/main.jsx"),
    figure: document("www/figure.jsx"),
    worker: name(entry(workers.metafile, "www/engine/worker/main.js")),
    studies: name(entry(workers.metafile, "www/engine/studies/worker.js")),
    packages: [...new Set(packages)],
    files: files.filter((file) => !/\.(map|txt)$/.test(file)),
  };
}

/**
 * The output that `source` became. Chunks that are fetched later have sources of their own.
 * @param {import("esbuild").Metafile | undefined} metafile
 * @param {string} source
 */
function entry(metafile, source) {
  const found = Object.entries(metafile?.outputs ?? {}).find(
    ([name, output]) => output.entryPoint === source && name.endsWith(".js"),
  );
  if (!found) throw new Error(`esbuild made nothing of ${source}.`);
  return found[0];
}

/**
 * An output and all that it imports before it runs.
 * @param {import("esbuild").Metafile | undefined} metafile
 * @param {string} output
 * @returns {Set<string>}
 */
function together(metafile, output, found = new Set()) {
  if (found.has(output)) return found;
  found.add(output);
  for (const next of metafile?.outputs[output]?.imports ?? []) {
    if (next.kind === "import-statement" && !next.external) together(metafile, next.path, found);
  }
  return found;
}
