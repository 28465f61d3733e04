// @ts-check
/**
 * Makes the npm package of a built site: the element, the CPU engine with its types, and the site that figures come from.
 *
 *   node www/build/npm.mjs dist target/npm && npm pack ./target/npm
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleElement } from "./embed.mjs";

const [site, out] = process.argv.slice(2);
if (!site || !out) throw new Error("usage: node www/build/npm.mjs SITE OUT");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const { version, engines } = JSON.parse(
  /<script type="application\/json" id="build">(.*?)<\/script>/.exec(
    readFileSync(join(site, "index.html"), "utf8"),
  )?.[1] ?? "{}",
);
if (!engines) throw new Error(`${site} holds no built site: run \`cargo xtask build\`.`);

const script = readFileSync(join(site, engines.laboratory.script), "utf8");
// The engine looks for its wasm beside itself, under the name that wasm-bindgen gave it.
const wasm = /new URL\(["'`]([^"'`]+_bg\.wasm)["'`]/.exec(script)?.[1] ?? "engine_bg.wasm";

await bundleElement({ entryPoints: ["www/embed/element.js"], format: "esm", outfile: join(out, "element.js") });
for (const [from, to] of [
  ["www/npm/element.d.ts", "element.d.ts"],
  ["www/embed/protocol.d.ts", "protocol.d.ts"],
  ["www/npm/README.md", "README.md"],
  ["LICENSE-MIT", "LICENSE-MIT"],
  ["LICENSE-APACHE", "LICENSE-APACHE"],
  [join(site, engines.laboratory.wasm), wasm],
  ["www/generated/session.d.ts", "session.d.ts"],
  ["www/generated/settings.d.ts", "settings.d.ts"],
  ["www/generated/studies.d.ts", "studies.d.ts"],
])
  cpSync(from, join(out, to));
writeFileSync(join(out, "engine.js"), script);
// Only the newest libraries of TypeScript know it.
const typings = readFileSync("www/generated/engine.d.ts", "utf8").replace(/^ *\[Symbol\.dispose\]\(\): void;\n/gm, "");
writeFileSync(join(out, "engine.d.ts"), typings);
cpSync(site, join(out, "site"), { recursive: true, filter: (name) => !/\.map$|fewsteps\.html$/.test(name) });

const files = readdirSync(out);
writeFileSync(
  join(out, "package.json"),
  `${JSON.stringify(
    {
      name: "fewsteps",
      version: String(version).split(" ")[0],
      description: "Diffusion models that train in the browser: the engine, and figures for any page",
      license: "MIT OR Apache-2.0",
      type: "module",
      sideEffects: false,
      types: "./element.d.ts",
      exports: {
        ".": { types: "./element.d.ts", default: "./element.js" },
        "./engine": { types: "./engine.d.ts", default: "./engine.js" },
        "./engine.wasm": `./${wasm}`,
        "./site/*": "./site/*",
      },
      files,
      keywords: ["diffusion", "generative", "webassembly", "custom-element", "education"],
    },
    null,
    2,
  )}\n`,
);
console.log(`${out}: version ${version}, ${files.length} entries`);
