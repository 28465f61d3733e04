// @ts-check
/**
 * Keeps one page busy for a long time, and writes what it holds and how it moves into docs/soak.json, docs/soak.md and docs/soak.svg: training,
 * sampling, other data, other steps, in turn. Run it by `cargo xtask soak MINUTES`. The engines of the site compute in turn, two spells each: the
 * same tab goes to the link of the other device, as a visitor would, and the run goes on from what was kept of it.
 *
 * `--device=cpu` or `--device=webgpu` leaves out the other one; `--report` measures nothing and writes the report anew. FEWSTEPS_SITE names
 * another folder than dist/ with a built site.
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
 * @property {number} steps trained by this engine
 * @property {number | null} loss the last one
 * @property {number} sampled lanes completed by this engine
 */
/** @typedef {"cpu" | "webgpu"} Backend */
/** @typedef {{ backend: Backend, date: string, browser: string, adapter: string | null, minutes: number, resumed: number[], faults: string[], samples: Sample[] }} Soaked `resumed` has the steps from which runs of before a change of engine went on */

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const dist = process.env.FEWSTEPS_SITE ?? join(root, "dist");
const file = (/** @type {string} */ name) => join(root, "docs", name);
const words = process.argv.slice(2);
const minutes = Number(words.find((word) => !word.startsWith("--")) ?? 60);
if (!(minutes > 0)) throw new Error("soak takes a number of minutes.");

/** Seconds between two samples, and between two things to do. */
const EVERY = 10;
/** How often each engine has its turn, where there are two. */
const SPELLS = 2;
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
 * All engines in turn, in one tab. Hands on what each has come to after every spell.
 *
 * @param {import("@playwright/test").Browser} browser @param {string} address @param {Backend[]} backends @param {number} minutes
 * @param {(all: Soaked[]) => void} after
 */
async function soak(browser, address, backends, minutes, after) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.addInitScript(listen);
  await page.route(/\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: LEND + (await response.text()) });
  });
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const [date, version] = [new Date().toISOString().slice(0, 10), browser.version()];
  const all = backends.map((backend) => {
    /** @type {Soaked} */
    const none = { backend, date, browser: version, adapter: null, minutes: 0, resumed: [], faults: [], samples: [] };
    return none;
  });
  let current = all[0];
  page.on("pageerror", (error) => current.faults.push(error.message));
  page.on("crash", () => current.faults.push("the page crashed"));
  const start = Date.now();
  const second = () => (Date.now() - start) / 1000;
  const spells = backends.length > 1 ? SPELLS * backends.length : 1;
  let turn = 0;
  for (let spell = 0; spell < spells; spell++) {
    current = all[spell % all.length];
    const { backend, samples } = current;
    const begun = second();
    const before = samples[samples.length - 1] ?? { steps: 0, sampled: 0 };
    // The page writes its settings into the address: only the device of it changes.
    const hash = spell ? new URL(page.url()).hash : `#${START}`;
    await page.goto(`${address}?device=${backend}${hash}`);
    await page.waitForFunction(() => /** @type {any} */ (window).noted.sampled > 0, null, { timeout: 300_000 });
    if (spell) current.resumed.push(...(await broughtBack(page)));
    for (; second() < begun + (60 * minutes) / spells; turn++) {
      const [doing, deed] = DEEDS[turn % DEEDS.length];
      // What can't be pressed now is not there: training that has ended, or a picture that takes its time.
      await deed(page, Math.floor(turn / DEEDS.length)).catch((error) => {
        if (page.isClosed()) throw error;
      });
      await new Promise((resolve) => setTimeout(resolve, EVERY * 1000));
      const now = await measured(page, session);
      now.steps += before.steps;
      now.sampled += before.sampled;
      samples.push({ second: Math.round(second()), doing, ...now });
      const { steps, loss, wasm, heap } = now;
      const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
      console.log(
        `${backend} ${(second() / 60).toFixed(1)} min, ${doing}: ${steps} steps, loss ${loss?.toFixed(3)}, page ${megabytes(heap)}, engine ${megabytes(wasm)}`,
      );
    }
    const { faults, ...noted } = await page.evaluate(() => ({
      .../** @type {any} */ (window).noted,
      faults: /** @type {any} */ (window).faults,
    }));
    current.adapter = noted.adapter;
    current.minutes += (second() - begun) / 60;
    current.faults.push(...faults);
    if (noted.backend !== backend) current.faults.push(`${noted.backend} computed`);
    after(all.filter(({ samples }) => samples.length > 0));
  }
  await page.close();
  return all;
}

/** The step that a run from before goes on from, where the page has one. @param {import("@playwright/test").Page} page */
async function broughtBack(page) {
  const button = page.getByRole("button", { name: "Bring them back" });
  const pressed = await button
    .click({ timeout: 10_000 })
    .then(() => true)
    .catch(() => false);
  if (!pressed) return [];
  const said = await page
    .getByText(/^Trained here: step [1-9]/)
    .textContent({ timeout: 60_000 })
    .catch(() => null);
  const step = /step ([\d,]+)/.exec(said ?? "");
  return step ? [Number(step[1].replaceAll(",", ""))] : [];
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
  const all = await soak(browser, `${server.origin}/site/`, backends, minutes, write).finally(async () => {
    await browser.close();
    await server.close();
  });
  const bad = all.filter(({ faults }) => faults.length > 0);
  for (const { backend, faults } of bad) console.error(`${backend}: ${faults.join("; ")}`);
  if (bad.length) process.exitCode = 1;
}

await run();
