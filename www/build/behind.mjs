// @ts-check
/**
 * The WebGPU engine while the site is served for development: the page is shown on the CPU engine at once, and this compiles
 * the other one behind it. When it is done, index.html is written anew, unchanged, so that Trunk builds again and finds it.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bind } from "./engines.mjs";
import { fingerprint } from "./files.mjs";

const SELF = fileURLToPath(import.meta.url);

/** Everything the engine is compiled from. @param {import("./site").Place} site */
function sources(site) {
  const rust = ["src", "kernels"].flatMap((folder) =>
    readdirSync(join(site.root, folder), { recursive: true }).map((name) => join(folder, String(name))),
  );
  const files = ["Cargo.toml", "Cargo.lock", ...rust.sort()].filter((name) => statSync(join(site.root, name)).isFile());
  return fingerprint(...files.flatMap((name) => [name, readFileSync(join(site.root, name))]));
}

/** Where it is noted which compiled engine is of which sources, and who compiles. @param {import("./site").Place} site */
const notes = (site) => ({
  folder: join(site.target, "engines"),
  done: join(site.target, "engines", "behind.json"),
  pid: join(site.target, "engines", "behind.pid"),
});

/**
 * The folder of the WebGPU engine of today's sources; where there is none yet, it is begun and nothing is returned.
 * @param {import("./site").Place} site
 * @returns {string | null}
 */
export function compiledBehind(site) {
  const { done, pid } = notes(site);
  const known = existsSync(done) ? JSON.parse(readFileSync(done, "utf8")) : {};
  if (known.sources === sources(site) && existsSync(known.folder)) return known.folder;
  console.log(
    "The page runs on the CPU engine; the WebGPU engine is compiled behind it (10 minutes or more the first time).",
  );
  if (!alive(pid))
    spawn(process.execPath, [SELF], {
      cwd: site.root,
      stdio: "inherit",
      env: { ...process.env, TRUNK_SOURCE_DIR: site.root },
    }).unref();
  return null;
}

/** Whether the process that a file names still runs. @param {string} file */
function alive(file) {
  try {
    process.kill(Number(readFileSync(file, "utf8")), 0);
    return true;
  } catch {
    return false;
  }
}

/** Compiles until the engine is that of the sources as they are then. @param {import("./site").Place} site */
function compile(site) {
  const { folder, done, pid } = notes(site);
  // Whoever changes something waits for the CPU engine first.
  setPriority(constants.priority.PRIORITY_LOW);
  mkdirSync(folder, { recursive: true });
  writeFileSync(pid, String(process.pid));
  try {
    for (let at = sources(site); ; ) {
      const bound = bind(site, "webgpu", "release");
      const now = sources(site);
      if (now === at) {
        writeFileSync(done, JSON.stringify({ sources: at, folder: bound }));
        break;
      }
      at = now;
    }
    console.log("The WebGPU engine is compiled: the page reloads with it.");
    const index = join(site.root, "index.html");
    writeFileSync(index, readFileSync(index));
  } catch {
    console.error("The WebGPU engine could not be compiled (see above): the page goes on with the CPU engine.");
  } finally {
    rmSync(pid, { force: true });
  }
}

if (process.argv[1] === SELF)
  compile({ root: process.env.TRUNK_SOURCE_DIR ?? process.cwd(), target: process.env.CARGO_TARGET_DIR ?? "target" });
