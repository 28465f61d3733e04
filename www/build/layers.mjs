// @ts-check
/**
 * The page's layers, held: `engine` below `store` below `ui` below `main.jsx`, and no circle of files anywhere.
 * JSX is for `ui` only. Prints one line for each fault; `cargo xtask test lints` runs it.
 */
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { build } from "esbuild";

/** From the bottom up; each may import itself and those before it. Tables from the engine are below all; `offline` is the service worker, `embed` what posts load. */
const LAYERS = ["generated", "offline", "embed", "engine", "store", "ui", "main.jsx", "figure.jsx"];

const root = process.argv[2] ?? process.cwd();
const www = join(root, "www");

/** @param {string} path relative to the root, as esbuild names it */
const layer = (path) => LAYERS.indexOf(path.split("/")[1]);

const files = LAYERS.flatMap((name) =>
  name.includes(".")
    ? [name]
    : readdirSync(join(www, name), { recursive: true }).map((file) => join(name, String(file))),
)
  .filter((file) => /\.jsx?$/.test(file))
  .map((file) => `./${relative(root, join(www, file)).replaceAll("\\", "/")}`);

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: files,
  outdir: "unwritten",
  // Two files may differ in their endings alone.
  entryNames: "[dir]/[name]-[hash]",
  bundle: true,
  write: false,
  metafile: true,
  format: "esm",
  packages: "external",
  jsx: "automatic",
  loader: { ".svg": "empty", ".woff2": "empty", ".png": "empty", ".css": "empty" },
  logLevel: "error",
});

/** Imports of each file, within www. @type {Map<string, string[]>} */
const imports = new Map(
  Object.entries(metafile.inputs).map(([file, input]) => [
    file,
    input.imports.filter(({ external, path }) => !external && path.startsWith("www/")).map(({ path }) => path),
  ]),
);

const faults = [];
for (const [file, targets] of imports) {
  if (file.endsWith(".jsx") && layer(file) < LAYERS.indexOf("ui")) faults.push(`${file}: JSX belongs under www/ui`);
  for (const target of targets) {
    if (target.endsWith(".css")) continue;
    if (layer(target) < 0) faults.push(`${file} imports ${target}, which is in no layer (${LAYERS.join(", ")})`);
    else if (layer(target) > layer(file))
      faults.push(`${file} imports ${target}: ${LAYERS[layer(file)]} may not use ${LAYERS[layer(target)]}`);
  }
}

/** Files whose imports are all known to be free of circles, and those under way. @type {Set<string>} */
const clean = new Set();
/** @param {string} file @param {string[]} way */
function walk(file, way) {
  const again = way.indexOf(file);
  if (again >= 0) faults.push(`a circle of imports: ${[...way.slice(again), file].join(" -> ")}`);
  if (again >= 0 || clean.has(file)) return;
  for (const target of imports.get(file) ?? []) walk(target, [...way, file]);
  clean.add(file);
}
for (const file of imports.keys()) walk(file, []);

for (const fault of faults) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
