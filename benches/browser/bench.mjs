// @ts-check
/**
 * Measures the built site's engines in headless Chromium, beside TensorFlow.js and jax-js on the same work, and writes docs/bench.json,
 * docs/bench.md and docs/bench-scale.svg. Run it by `cargo xtask bench`.
 *
 * - `--quick` is a test: everybody must find the recorded losses and samples in a few steps; nothing is timed or written.
 * - `--only=PART,PART` measures some of compare, start, memory, scale, studies, and keeps what was measured of the rest.
 * - `--report` measures nothing and writes the report anew, with what `cargo bench --bench workloads` measured.
 *
 * FEWSTEPS_SITE names another folder than dist/ with a built site.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { launchOptions } from "../../tests/page/chromium.mjs";
import { serve } from "../../tests/page/server.mjs";
import { bundle } from "./bundle.mjs";
import { compare } from "./compare.mjs";
import { timeStudies } from "./lab.mjs";
import { grow } from "./memory.mjs";
import { plot } from "./plot.mjs";
import { markdown } from "./report.mjs";
import { scale } from "./scale.mjs";
import { served, sizes } from "./site.mjs";
import { start } from "./start.mjs";

/** @typedef {"compare" | "start" | "memory" | "scale" | "studies"} Part */
/** @typedef {{ date: string, browser: string, processor: string, adapter: string, libraries: Record<string, string> }} Stamp where and when a part was measured */
/**
 * @typedef {object} Report
 * @property {Partial<Record<Part, Stamp>>} stamps
 * @property {import("./compare.mjs").Compared[]} compare
 * @property {import("./start.mjs").Started[]} start
 * @property {import("./memory.mjs").Grown[]} memory
 * @property {import("./scale.mjs").Scale | null} scale
 * @property {import("./lab.mjs").Timed[]} studies
 * @property {ReturnType<typeof sizes>} sizes
 */

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const dist = process.env.FEWSTEPS_SITE ?? join(root, "dist");
const file = (/** @type {string} */ name) => join(root, "docs", name);
const words = process.argv.slice(2);
const quick = words.includes("--quick");
const only = words
  .find((word) => word.startsWith("--only="))
  ?.slice("--only=".length)
  .split(",");
const PARTS = /** @type {Part[]} */ (["compare", "start", "memory", "scale", "studies"]);
for (const part of only ?? []) if (!PARTS.some((one) => one === part)) throw new Error(`There is no part ${part}.`);
/** @type {Part[]} */
const parts = quick ? ["compare"] : PARTS.filter((part) => !only || only.includes(part));

/** Points of W1 and W2 and images of W3, and DDIM steps. */
const POINTS = { count: 10000, evaluations: 50 };
const IMAGES = { count: 16, evaluations: 20 };

/** @typedef {import("./compare.mjs").Plan} Plan */
/** @type {Plan} */
const timed = { agree: 8, warm: 4000, turn: 600, rounds: 9, sampled: 3, samples: POINTS };
/** A software adapter takes seconds for what a GPU does in milliseconds; what it is asked to do is the same. @type {Plan} */
const counted = { agree: 3, warm: 0, turn: 3000, rounds: 2, sampled: 0, samples: { count: 100, evaluations: 2 } };
/** @type {Plan} */
const checked = { agree: 4, warm: 0, turn: 0, rounds: 0, sampled: 0, samples: { count: 100, evaluations: 5 } };
const few = { samples: { count: 2, evaluations: 2 } };

/** @type {[import("./compare.mjs").Backend, string, Plan][]} */
const COMPARED = quick
  ? [
      ["cpu", "w1", checked],
      ["cpu", "w2", checked],
    ]
  : [
      ["cpu", "w1", timed],
      ["cpu", "w2", timed],
      ["cpu", "w3", { ...timed, agree: 4, warm: 3000, rounds: 5, sampled: 2, samples: IMAGES }],
      ["webgpu", "w1", counted],
      ["webgpu", "w2", counted],
      ["webgpu", "w3", { ...counted, ...few, agree: 2, rounds: 1 }],
    ];
/** @type {[import("./compare.mjs").Backend, string, number][]} */
const GROWN = [
  ["cpu", "w2", 10000],
  ["cpu", "digits", 300],
  ["webgpu", "w2", 300],
];

async function measure() {
  const folder = await bundle();
  const server = await serve({ "/site/": dist, "/bench/": folder });
  // One browser for all: an adapter that nobody uses changes nothing for the CPU.
  const browser = await chromium.launch(launchOptions("webgpu"));
  const addresses = served(dist, server.origin);
  /** @type {Report} */
  const report = only
    ? readReport()
    : { stamps: {}, compare: [], start: [], memory: [], scale: null, studies: [], sizes: sizes(dist) };
  try {
    const stamp = await stampOf(browser, addresses.arena);
    for (const part of parts) {
      await PART[part](browser, addresses, report);
      report.stamps[part] = stamp;
      if (!quick) writeReport(report);
    }
  } finally {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true });
  }
}

/** @type {Record<Part, (browser: import("@playwright/test").Browser, addresses: import("./site.mjs").Served, report: Report) => Promise<void>>} */
const PART = {
  async compare(browser, addresses, report) {
    report.compare = [];
    for (const [backend, workload, plan] of COMPARED) {
      if (!addresses.engines[backend]) {
        console.log(`The site has no ${backend} engine: ${workload} is left out.`);
        continue;
      }
      const found = await compare(browser, addresses, backend, workload, plan);
      report.compare.push(...found);
      for (const { library, offLosses, offSamples } of found)
        console.log(
          `${workload} on ${backend}, ${library}: losses within ${offLosses.toExponential(0)}, samples within ${offSamples.toExponential(0)}`,
        );
    }
  },
  async start(browser, _, report) {
    report.start = await start(browser, dist);
  },
  async memory(browser, addresses, report) {
    report.memory = [];
    for (const [backend, workload, steps] of GROWN)
      if (addresses.engines[backend]) report.memory.push(await grow(browser, addresses, backend, workload, steps));
  },
  async scale(browser, addresses, report) {
    report.scale = await scale(browser, addresses, "cpu");
  },
  async studies(browser, addresses, report) {
    report.studies = await timeStudies(browser, addresses.site, false);
  },
};

/** @param {import("@playwright/test").Browser} browser @param {string} address of ours: elsewhere there is no WebGPU @returns {Promise<Stamp>} */
async function stampOf(browser, address) {
  const page = await browser.newPage();
  await page.goto(address);
  const info = await page.evaluate(async () => {
    const info = (await navigator.gpu?.requestAdapter())?.info;
    return info ? [info.vendor, info.architecture].filter(Boolean).join(" ") : "none";
  });
  await page.close();
  const { devDependencies } = JSON.parse(readFileSync(join(root, "benches/browser/package.json"), "utf8"));
  return {
    date: new Date().toISOString().slice(0, 10),
    browser: `Chromium ${browser.version()}`,
    processor: `${cpus().length} x ${cpus()[0]?.model.trim()}`,
    adapter: info,
    libraries: { tfjs: devDependencies["@tensorflow/tfjs-core"], jax: devDependencies["@jax-js/jax"] },
  };
}

/** @returns {Report} */
function readReport() {
  return JSON.parse(readFileSync(file("bench.json"), "utf8"));
}

/** Written as soon as a part is known. @param {Report} report */
function writeReport(report) {
  const native = existsSync(file("bench-native.json")) && JSON.parse(readFileSync(file("bench-native.json"), "utf8"));
  writeFileSync(file("bench.json"), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(file("bench.md"), markdown(report, native || null));
  if (report.scale) writeFileSync(file("bench-scale.svg"), plot(report.scale));
}

if (!words.includes("--report")) await measure();
else writeReport(readReport());
