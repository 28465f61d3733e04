// @ts-check
import { join, relative } from "node:path";
import { build } from "esbuild";

/**
 * Bundles the page (with its lazy parts as chunks) and the workers. The engine is in neither: the worker imports
 * it by URL when it is needed.
 * @param {import("./site").Site} site
 * @returns {Promise<import("./site").Page>}
 */
export async function bundlePage(site) {
  /** @type {import("esbuild").BuildOptions} */
  const common = {
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
    logLevel: "warning",
  };
  const page = await build({ ...common, entryPoints: { page: "www/main.jsx" }, splitting: true });
  const workers = await build({
    ...common,
    entryPoints: { worker: "www/engine/worker/main.js", studies: "www/engine/studies/worker.js" },
  });

  const script = entry(page.metafile, "www/main.jsx");
  const style = page.metafile?.outputs[script].cssBundle;
  const workerScript = entry(workers.metafile, "www/engine/worker/main.js");
  /** @param {string} output */
  const name = (output) => relative(site.staging, join(site.root, output)).replaceAll("\\", "/");
  return {
    script: name(script),
    styles: style ? [name(style)] : [],
    worker: name(workerScript),
    studies: name(entry(workers.metafile, "www/engine/studies/worker.js")),
    first: [...together(page.metafile, script), workerScript].map(name),
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
