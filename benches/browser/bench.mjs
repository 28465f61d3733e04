// @ts-check
/**
 * Measures the built site in headless Chromium: time, GPU work and memory of a training step, and the laboratory's studies.
 * Writes docs/bench.json and docs/bench.md. Run it by `cargo xtask bench`; `--quick` takes few steps and writes nothing,
 * `--studies` measures the studies alone and `--digits` digits alone, and both keep what was measured of the rest.
 * `--digits-steps=1000` says over how many training steps of digits the CPU engine's memory is watched.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "@playwright/test";
import { launchOptions } from "../../tests/page/chromium.mjs";
import { serve } from "../../tests/page/server.mjs";
import { timeStudies } from "./lab.mjs";
import { markdown } from "./report.mjs";

/** @typedef {"cpu" | "webgpu"} Backend */
/** @typedef {import("./worker.js").Result & { backend: Backend, workload: Workload }} Run */
/** @typedef {import("./worker.js").Task["workload"]} Workload */
/** @typedef {{ date: string, browser: string, processor: string, runs: Run[], studies: import("./lab.mjs").Timed[], sizes: Record<string, { raw: number, gzip: number }> }} Report */

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const dist = join(root, "dist");
const quick = process.argv.includes("--quick");
const studiesOnly = process.argv.includes("--studies");
const digitsOnly = process.argv.includes("--digits");
const digitsSteps = Number(process.argv.find((word) => word.startsWith("--digits-steps="))?.split("=")[1] ?? 300);
if (!Number.isInteger(digitsSteps) || digitsSteps < 0) throw new Error("--digits-steps= takes a number of steps.");
const POINTS = /** @type {Workload[]} */ (["w1", "w2"]);
const DIGITS = /** @type {Workload[]} */ (["digits_simple", "digits_accelerated"]);

/**
 * The browser optimises the engine's wasm in the background during the first hundred steps or so, which slows them down: the
 * clock starts after that. A software adapter takes seconds for what a GPU does in milliseconds;
 * its counts are as good.
 * @type {Record<Backend, Record<Workload, Omit<import("./worker.js").Task, "engine" | "workload">>>}
 */
const TASKS = {
  cpu: {
    w1: { warm: 120, steps: 20, batches: 5, growth: 0, sampling: null },
    w2: { warm: 200, steps: 100, batches: 5, growth: 5000, sampling: null },
    digits_simple: { warm: 10, steps: 5, batches: 5, growth: 0, sampling: { images: 16, evaluations: 20, rounds: 5 } },
    digits_accelerated: { warm: 10, steps: 5, batches: 5, growth: digitsSteps, sampling: null },
  },
  webgpu: {
    w1: { warm: 2, steps: 4, batches: 2, growth: 0, sampling: null },
    w2: { warm: 5, steps: 10, batches: 3, growth: 400, sampling: null },
    digits_simple: { warm: 1, steps: 1, batches: 3, growth: 0, sampling: { images: 16, evaluations: 20, rounds: 1 } },
    digits_accelerated: { warm: 1, steps: 1, batches: 3, growth: Math.min(digitsSteps, 6), sampling: null },
  },
};

const built = buildOf(readFileSync(join(dist, "index.html"), "utf8"));
const server = await serve({ "/site/": dist, "/bench/": here });
/** @type {Report} */
const report = {
  date: new Date().toISOString().slice(0, 10),
  browser: "",
  processor: "",
  runs: [],
  studies: [],
  sizes: sizes(),
};
report.processor = `${cpus().length} x ${cpus()[0]?.model.trim()}`;
/** What was measured before and is not measured now. @type {Report | null} */
const before = studiesOnly || digitsOnly ? JSON.parse(readFileSync(join(root, "docs/bench.json"), "utf8")) : null;
try {
  for (const backend of /** @type {Backend[]} */ (["cpu", "webgpu"])) {
    const browser = await chromium.launch(launchOptions(backend));
    report.browser = `Chromium ${browser.version()}`;
    for (const workload of studiesOnly ? [] : digitsOnly ? DIGITS : [...POINTS, ...DIGITS]) {
      const task = { ...TASKS[backend][workload] };
      const digits = DIGITS.includes(workload);
      if (quick)
        Object.assign(task, {
          warm: 1,
          steps: digits ? 1 : 2,
          batches: 2,
          growth: Math.min(task.growth, digits ? 2 : 50),
        });
      if (quick && task.sampling) task.sampling = { ...task.sampling, evaluations: 2, rounds: 1 };
      console.log(`${workload} on ${backend}: ${task.warm + task.steps * task.batches + task.growth} steps …`);
      const result = await measure(browser, backend, { ...task, workload });
      report.runs.push({ backend, workload, ...result });
      if (!quick) keep();
    }
    if (backend === "cpu" && !digitsOnly) report.studies = await timeStudies(browser, `${server.origin}/site/`, quick);
    await browser.close();
  }
} finally {
  await server.close();
}
if (!quick) keep();
console.log(`\n${markdown(merged())}`);

/** What there is by now, with what was measured before and not since. @returns {Report} */
function merged() {
  if (!before) return report;
  const again = (/** @type {Run} */ run) =>
    report.runs.some(({ backend, workload }) => run.backend === backend && run.workload === workload);
  return {
    ...report,
    runs: [...before.runs.filter((run) => !again(run)), ...report.runs],
    studies: studiesOnly ? report.studies : (before.studies ?? []),
  };
}

/** Written as soon as it is known: a software adapter may take longer than anybody waits. */
function keep() {
  mkdirSync(join(root, "docs"), { recursive: true });
  writeFileSync(join(root, "docs/bench.json"), `${JSON.stringify(merged(), null, 2)}\n`);
  writeFileSync(join(root, "docs/bench.md"), markdown(merged()));
}

/**
 * One workload in a worker and a page of its own, so that nothing of the last run is left.
 * @param {import("@playwright/test").Browser} browser
 * @param {Backend} backend
 * @param {object} task
 * @returns {Promise<import("./worker.js").Result>}
 */
async function measure(browser, backend, task) {
  const urls = built.engines[backend];
  if (!urls) throw new Error(`The site in ${dist} has no ${backend} engine.`);
  const engine = { script: `${server.origin}/site/${urls.script}`, wasm: `${server.origin}/site/${urls.wasm}` };
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  page.on("console", (message) => message.type() === "error" && console.error(`  console: ${message.text()}`));
  await page.goto(`${server.origin}/bench/empty.html`);
  const answer = await page.evaluate(
    (task) =>
      new Promise((resolve) => {
        const worker = new Worker("./worker.js", { type: "module" });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => resolve({ error: `worker: ${event.message}` });
        worker.postMessage(task);
      }),
    { ...task, engine },
  );
  await page.close();
  if (answer.error) throw new Error(answer.error);
  return answer.result;
}

/**
 * The list of built files that the page reads, too.
 * @param {string} html
 * @returns {import("../../www/build/site").Build}
 */
function buildOf(html) {
  const json = html.match(/<script type="application\/json" id="build">([\s\S]*?)<\/script>/)?.[1];
  if (!json) throw new Error(`${dist}/index.html lists no built files: run \`cargo xtask build\`.`);
  return JSON.parse(json);
}

function sizes() {
  const { engines, worker, studies } = built;
  const files = {
    "CPU engine": Object.values(engines.cpu),
    "WebGPU engine": Object.values(engines.webgpu ?? {}),
    workers: [worker, studies],
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, paths]) => {
      const contents = paths.map((path) => readFileSync(join(dist, path)));
      const sum = (/** @type {(bytes: Buffer) => number} */ size) =>
        contents.reduce((total, bytes) => total + size(bytes), 0);
      return [name, { raw: sum((bytes) => bytes.length), gzip: sum((bytes) => gzipSync(bytes, { level: 9 }).length) }];
    }),
  );
}
