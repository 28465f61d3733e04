// @ts-check
/**
 * The engine, for the CPU and for WebGPU. Trunk compiles the one for the CPU with the laboratory's studies before this runs; from the
 * same source the others are compiled here: for WebGPU, and in a release for the CPU without studies. What takes minutes is cached in the target folder under its input's hash.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { compiledBehind } from "./behind.mjs";
import { fingerprint, writeHashed } from "./files.mjs";

const WASM_FEATURES = [
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-multivalue",
  "--enable-mutable-globals",
  "--enable-nontrapping-float-to-int",
  "--enable-reference-types",
  "--enable-sign-ext",
  "--enable-simd",
];

/** Speed on the CPU; size for WebGPU, whose time goes into kernels that are not wasm. */
const OPTIMISE = { cpu: "-O3", laboratory: "-O3", webgpu: "-Os" };

/** Whether the build is for the page as one file, in which the WebGPU engine has no room. */
const SINGLE_FILE = process.env.FEWSTEPS_SINGLE_FILE === "1";

/** How many results of each engine stay in the target folder. */
const CACHED = 3;

/**
 * @param {import("./site").Site} site
 * @returns {Promise<import("./site").Engines>}
 */
export async function buildEngines(site) {
  const folder = join(site.staging, "engine");
  const compiled = readdirSync(folder).find((name) => name.endsWith(".wasm"));
  const script = readdirSync(folder).find((name) => name.endsWith(".js"));
  if (!compiled || !script) throw new Error(`No CPU engine in ${folder}: does index.html still link it?`);
  const apart = site.release && !SINGLE_FILE;
  const whole = await finish(site, apart ? "laboratory" : "cpu", join(folder, script), join(folder, compiled));
  const one = { cpu: whole, laboratory: whole };
  if (process.env.FEWSTEPS_SKIP_WEBGPU === "1" && !apart) return { ...one, webgpu: null };
  if (process.env.FEWSTEPS_WEBGPU === "behind") {
    const bound = compiledBehind(site);
    return { ...one, webgpu: bound ? await finishBound(site, "webgpu", bound) : null };
  }
  const profile = site.release ? "site" : "release";
  const webgpu = await finishBound(site, "webgpu", bind(site, "webgpu", profile));
  if (!apart) return { ...one, webgpu };
  return { cpu: await finishBound(site, "cpu", bind(site, "cpu", profile)), laboratory: whole, webgpu };
}

/**
 * An engine without studies, compiled, in a folder of its own.
 * @param {import("./site").Place} site
 * @param {"cpu" | "webgpu"} name
 * @param {"release" | "site"} profile "site" is what visitors download
 */
export function bind(site, name, profile) {
  const target = "wasm32-unknown-unknown";
  // WebGPU's apart from the CPU's, which Trunk may be compiling meanwhile.
  const folder = name === "webgpu" ? join(site.target, "webgpu") : site.target;
  const features = ["--no-default-features", "--features", name];
  run(site, "cargo", ["build", "--lib", "--profile", profile, "--target", target, "--target-dir", folder, ...features]);
  const compiled = join(folder, target, profile, "fewsteps.wasm");
  return cached(site, `${name}-bound`, [readFileSync(compiled)], (out) => {
    run(site, "wasm-bindgen", [
      "--target",
      "web",
      "--no-typescript",
      "--out-dir",
      out,
      "--out-name",
      "engine",
      compiled,
    ]);
  });
}

/** @param {import("./site").Site} site @param {"cpu" | "webgpu"} name @param {string} bound */
const finishBound = (site, name, bound) => finish(site, name, join(bound, "engine.js"), join(bound, "engine_bg.wasm"));

/**
 * @param {import("./site").Site} site
 * @param {keyof typeof OPTIMISE} name
 * @param {string} script
 * @param {string} wasm
 * @returns {Promise<import("./site").Engine>}
 */
async function finish(site, name, script, wasm) {
  const bundled = await build({
    entryPoints: [script],
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: site.release,
    write: false,
    logLevel: "warning",
    // The default location of the wasm, which nobody asks for: the worker names the hashed one.
    external: ["*.wasm"],
  });
  return {
    script: writeHashed(site, `engine-${name}.js`, bundled.outputFiles[0].contents),
    wasm: writeHashed(site, `engine-${name}.wasm`, readFileSync(site.release ? optimise(site, name, wasm) : wasm)),
  };
}

/**
 * @param {import("./site").Site} site
 * @param {keyof typeof OPTIMISE} name
 * @param {string} wasm
 */
function optimise(site, name, wasm) {
  const flags = [OPTIMISE[name], ...WASM_FEATURES];
  const folder = cached(site, name, [readFileSync(wasm), flags.join(" ")], (out) => {
    console.log(`wasm-opt ${OPTIMISE[name]} on the ${name} engine (2 to 6 minutes)`);
    run(site, "wasm-opt", [wasm, ...flags, "-o", join(out, "engine.wasm")]);
  });
  return join(folder, "engine.wasm");
}

/**
 * The folder that `make` filled for this input, now or in an earlier build.
 * @param {import("./site").Place} site
 * @param {string} name
 * @param {(string | Uint8Array)[]} input
 * @param {(folder: string) => void} make
 */
function cached(site, name, input, make) {
  const cache = join(site.target, "engines", name);
  const folder = join(cache, fingerprint(...input));
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    make(unfinished);
    if (existsSync(folder)) rmSync(unfinished, { recursive: true });
    else renameSync(unfinished, folder);
  }
  const now = new Date();
  utimesSync(folder, now, now);
  const age = (/** @type {string} */ entry) => -statSync(join(cache, entry)).mtimeMs;
  const old = readdirSync(cache)
    .sort((a, b) => age(a) - age(b))
    .slice(CACHED);
  for (const entry of old) rmSync(join(cache, entry), { recursive: true });
  return folder;
}

/**
 * @param {import("./site").Place} site
 * @param {string} program
 * @param {string[]} words
 */
function run(site, program, words) {
  execFileSync(program, words, { cwd: site.root, stdio: "inherit", shell: process.platform === "win32" });
}
