// @ts-check
/**
 * Keeps one page busy for a long time, and writes what it holds and how it moves into docs/soak.json, docs/soak.md and docs/soak.svg: training,
 * sampling, other data, other steps, in turn. Run it by `cargo xtask soak MINUTES`; each engine of the site has half of them.
 *
 * `--device=cpu` or `--device=webgpu` gives all of them to one; `--report` measures nothing and writes the report anew. FEWSTEPS_SITE names another folder than dist/ with a built site.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { launchOptions } from "../../tests/page/chromium.mjs";
import { serve } from "../../tests/page/server.mjs";
import { buildOf } from "./site.mjs";
import { markdown, svg } from "./soak-report.mjs";

/**
 * @typedef {object} Sample
 * @property {number} second
 * @property {string} doing
 * @property {number} heap bytes of the page's JavaScript after a collection
 * @property {number} wasm bytes of the engine's memory, which never shrinks
 * @property {number} nodes of the document
 * @property {number} listeners
 * @property {number} buffers of the GPU that were made and not destroyed
 * @property {[median: number, worst: number]} frame milliseconds between two frames since the last sample
 * @property {number} steps trained since the start
 * @property {number | null} loss the last one
 * @property {number} sampled lanes completed since the start
 */
/** @typedef {{ backend: "cpu" | "webgpu", date: string, browser: string, adapter: string | null, minutes: number, faults: string[], samples: Sample[] }} Soaked */

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const dist = process.env.FEWSTEPS_SITE ?? join(root, "dist");
const file = (/** @type {string} */ name) => join(root, "docs", name);
const words = process.argv.slice(2);
const minutes = Number(words.find((word) => !word.startsWith("--")) ?? 60);
if (!(minutes > 0)) throw new Error("soak takes a number of minutes.");

/** Seconds between two samples, and between two things to do. */
const EVERY = 10;
/** A network that a software adapter can train, too. */
const START = "width=64&batch=128&points=500&steps=5&budget=100000&objective=accelerated";
const DATA = ["Circles", "Spiral", "Handwritten digits", "Cat", "Two moons", "Eight gaussians"];

/** What the page's side notes. */
function listen() {
  const noted = {
    buffers: 0,
    steps: 0,
    loss: /** @type {number | null} */ (null),
    sampled: 0,
    adapter: "",
    backend: "",
  };
  /** @type {string[]} */
  const faults = [];
  /** @type {number[]} */
  const frames = [];
  Object.assign(window, { noted, faults, frames });
  const { Worker: Plain } = window;
  window.Worker = class extends Plain {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      this.addEventListener("message", ({ data }) => {
        if (data.type === "training") {
          noted.steps += data.noiseLoss.length;
          noted.loss = data.noiseLoss.at(-1) ?? noted.loss;
        } else if (data.type === "frames" && data.done) noted.sampled += 1;
        else if (data.type === "opened") Object.assign(noted, { backend: data.backend, adapter: data.adapter });
        else if (data.type === "fatal" || data.type === "error") faults.push(data.message);
      });
    }
  };
  let last = 0;
  const frame = (/** @type {number} */ now) => {
    if (last) frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Ahead of the worker's script: its memory and its GPU buffers, within reach. */
const LEND = `{
  self.live = 0;
  const make = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...all) => {
    const made = await make.apply(WebAssembly, all);
    self.memories = [...(self.memories ?? []), made.instance.exports.memory];
    return made;
  };
  const device = self.GPUDevice?.prototype, buffer = self.GPUBuffer?.prototype;
  if (device) {
    const { createBuffer } = device, { destroy } = buffer, gone = new WeakSet();
    device.createBuffer = function (...all) { self.live += 1; return createBuffer.apply(this, all); };
    buffer.destroy = function () {
      if (!gone.has(this)) self.live -= 1;
      gone.add(this);
      return destroy.call(this);
    };
  }
}
`;

/** What is done in turn. @type {[string, (page: import("@playwright/test").Page, turn: number) => Promise<unknown>][]} */
const DEEDS = [
  ["training", (page) => press(page, /^Train( from scratch| on)?$/)],
  ["more steps", (page, turn) => typeSteps(page, 3 + (turn % 40))],
  ["training", async () => {}],
  ["stopped", (page) => press(page, "Stop training")],
  ["sampling", (page, turn) => typeSteps(page, 100 + turn)],
  [
    "other data",
    (page, turn) => page.getByRole("radio", { name: DATA[turn % DATA.length], exact: true }).check({ force: true }),
  ],
];

/** @param {import("@playwright/test").Page} page @param {string | RegExp} name */
const press = (page, name) => page.getByRole("button", { name }).first().click({ timeout: 5000 });

/** @param {import("@playwright/test").Page} page @param {number} steps */
async function typeSteps(page, steps) {
  await page.getByLabel("Steps, as a number").fill(String(steps));
  await page.keyboard.press("Enter");
}

/**
 * @param {import("@playwright/test").Browser} browser @param {string} address @param {"cpu" | "webgpu"} backend @param {number} minutes
 * @returns {Promise<Soaked>}
 */
async function soak(browser, address, backend, minutes) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  /** @type {string[]} */
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("crash", () => faults.push("the page crashed"));
  await page.addInitScript(listen);
  await page.route(/\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: LEND + (await response.text()) });
  });
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await page.goto(`${address}?device=${backend}#${START}`);
  await page.waitForFunction(() => /** @type {any} */ (window).noted.sampled > 0, null, { timeout: 300_000 });
  /** @type {Sample[]} */
  const samples = [];
  const start = Date.now();
  const second = () => (Date.now() - start) / 1000;
  for (let turn = 0; second() < 60 * minutes; turn++) {
    const [doing, deed] = DEEDS[turn % DEEDS.length];
    // What can't be pressed now is not there: training that has ended, or a picture that takes its time.
    await deed(page, Math.floor(turn / DEEDS.length)).catch((error) => {
      if (page.isClosed()) throw error;
    });
    await new Promise((resolve) => setTimeout(resolve, EVERY * 1000));
    samples.push({ second: Math.round(second()), doing, ...(await measured(page, session)) });
    const { steps, loss, wasm, heap } = samples[samples.length - 1];
    const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
    console.log(
      `${backend} ${(second() / 60).toFixed(1)} min, ${doing}: ${steps} steps, loss ${loss?.toFixed(3)}, page ${megabytes(heap)}, engine ${megabytes(wasm)}`,
    );
  }
  const noted = await page.evaluate(() => ({
    .../** @type {any} */ (window).noted,
    faults: /** @type {any} */ (window).faults,
  }));
  await page.close();
  const date = new Date().toISOString().slice(0, 10);
  const { adapter } = noted;
  return { backend, date, browser: browser.version(), adapter, minutes, faults: [...faults, ...noted.faults], samples };
}

/** @param {import("@playwright/test").Page} page @param {import("@playwright/test").CDPSession} session @returns {Promise<Omit<Sample, "second" | "doing">>} */
async function measured(page, session) {
  await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const metric = (/** @type {string} */ name) => metrics.find((one) => one.name === name)?.value ?? 0;
  const held = await Promise.all(
    page.workers().map((worker) =>
      worker
        .evaluate(() => {
          const { memories = [], live = 0 } = /** @type {any} */ (self);
          return {
            wasm: memories.reduce(
              (/** @type {number} */ sum, /** @type {WebAssembly.Memory} */ { buffer }) => sum + buffer.byteLength,
              0,
            ),
            live,
          };
        })
        .catch(() => ({ wasm: 0, live: 0 })),
    ),
  );
  const { noted, frames } = await page.evaluate(() => {
    const { noted, frames } = /** @type {any} */ (window);
    return { noted, frames: /** @type {number[]} */ (frames.splice(0)) };
  });
  frames.sort((a, b) => a - b);
  const { steps, loss, sampled } = noted;
  return {
    heap: metric("JSHeapUsedSize"),
    wasm: held.reduce((sum, { wasm }) => sum + wasm, 0),
    nodes: metric("Nodes"),
    listeners: metric("JSEventListeners"),
    buffers: held.reduce((sum, { live }) => sum + live, 0),
    frame: [frames[frames.length >> 1] ?? 0, frames[frames.length - 1] ?? 0],
    steps,
    loss,
    sampled,
  };
}

/** @param {Soaked[]} all */
function write(all) {
  writeFileSync(file("soak.json"), `${JSON.stringify(all)}\n`);
  writeFileSync(file("soak.md"), markdown(all));
  writeFileSync(file("soak.svg"), svg(all));
}

async function run() {
  if (words.includes("--report")) return write(JSON.parse(readFileSync(file("soak.json"), "utf8")));
  const only = words.find((word) => word.startsWith("--device="))?.slice("--device=".length);
  const { engines } = buildOf(dist);
  const backends = /** @type {const} */ (["cpu", "webgpu"]).filter((name) => engines[name] && (only ?? name) === name);
  if (!backends.length) throw new Error(`The site has no engine for ${only}.`);
  const server = await serve({ "/site/": dist });
  const browser = await chromium.launch(launchOptions("webgpu"));
  /** @type {Soaked[]} */
  const all = [];
  try {
    for (const backend of backends) {
      all.push(await soak(browser, `${server.origin}/site/`, backend, minutes / backends.length));
      write(all);
    }
  } finally {
    await browser.close();
    await server.close();
  }
  const bad = all.filter(({ faults }) => faults.length > 0);
  for (const { backend, faults } of bad) console.error(`${backend}: ${faults.join("; ")}`);
  if (bad.length) process.exitCode = 1;
}

await run();
