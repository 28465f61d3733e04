// @ts-check
/**
 * How long a visitor waits for the first picture that moves, for a page that answers, and for the first step of training: on this machine, and
 * with a quarter of its processor time and a slower line, as on a phone.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";

/** @typedef {{ share: number, bytesPerSecond: number, latency: number }} Speed the share of the time in which the page may compute, and the line; latency in milliseconds */
/** @typedef {{ paint: number, moved: number, answers: number, trained: number, bytes: number }} Visit milliseconds since the address was opened, and what was sent */
/** @typedef {{ name: string, cached: boolean, visits: Visit[] }} Started */

/** @type {[string, Speed][]} */
const SPEEDS = [
  ["this machine, no line between", { share: 1, bytesPerSecond: Number.POSITIVE_INFINITY, latency: 0 }],
  ["a quarter of the processor time, 9 Mbit/s with 60 ms", { share: 0.25, bytesPerSecond: 9e6 / 8, latency: 60 }],
];
const ROUNDS = 5;
/** What is left of the time is given in slices of so many milliseconds. */
const SLICE = 20;
/** Bytes sent at a time. */
const PART = 16_384;

/** @type {Record<string, string>} */
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};

/**
 * @param {import("@playwright/test").Browser} browser
 * @param {string} dist the site's folder
 * @returns {Promise<Started[]>}
 */
export async function start(browser, dist) {
  const host = await hosted(dist);
  /** @type {Started[]} */
  const all = [];
  for (const [name, speed] of SPEEDS) {
    host.speed = speed;
    const [first, again] = [false, true].map((cached) => ({ name, cached, visits: /** @type {Visit[]} */ ([]) }));
    all.push(first, again);
    for (let round = 0; round < ROUNDS; round++) {
      const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
      const resume = slowed(speed.share);
      for (const one of [first, again]) one.visits.push(await visit(context, host));
      resume();
      await context.close();
    }
  }
  await host.close();
  return all;
}

/** @typedef {Awaited<ReturnType<typeof hosted>>} Host */

/** @param {import("@playwright/test").BrowserContext} context @param {Host} host @returns {Promise<Visit>} */
async function visit(context, host) {
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  await page.addInitScript(watch);
  const before = host.bytes;
  await page.goto(host.address, { waitUntil: "commit" });
  await page.waitForFunction(() => "trained" in document.documentElement.dataset);
  const found = await page.evaluate(() => {
    const { moved, answers, trained } = document.documentElement.dataset;
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return { paint: paint.startTime, moved: Number(moved), answers: Number(answers), trained: Number(trained) };
  });
  await page.close();
  return { ...found, bytes: host.bytes - before };
}

/** Runs in the page before its own scripts: notes when things happen, and presses Train as soon as there is such a button. */
function watch() {
  const note = (/** @type {string} */ what) => {
    document.documentElement.dataset[what] ??= String(performance.now());
  };
  window.Worker = class extends Worker {
    /** @param {string | URL} url @param {WorkerOptions} [options] */
    constructor(url, options) {
      super(url, options);
      this.addEventListener("message", ({ data }) => data.type === "training" && data.step > 0 && note("trained"));
    }
  };
  const small = new OffscreenCanvas(64, 64).getContext("2d", { willReadFrequently: true });
  let last = "";
  const look = () => {
    const canvas = document.querySelector("canvas");
    if (small && canvas?.width && canvas.height && !document.documentElement.dataset.moved) {
      small.clearRect(0, 0, 64, 64);
      small.drawImage(canvas, 0, 0, 64, 64);
      const now = small.getImageData(0, 0, 64, 64).data.join();
      if (last && now !== last) note("moved");
      last = now;
    }
    const train = [...document.querySelectorAll("button")].find(({ textContent }) =>
      textContent?.startsWith("Train from"),
    );
    if (train && !document.documentElement.dataset.answers) {
      train.click();
      // Once the press has been answered, the next frame comes.
      requestAnimationFrame(() => note("answers"));
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Lets the browser's pages, their workers included, run in a share of the time only. @param {number} share @returns {() => void} ends it */
function slowed(share) {
  if (share === 1 || process.platform !== "linux") return () => {};
  const signal = (/** @type {NodeJS.Signals} */ name) => {
    for (const pid of renderers())
      try {
        process.kill(pid, name);
      } catch {
        // It has ended.
      }
  };
  const timer = setInterval(() => {
    signal("SIGSTOP");
    setTimeout(signal, (1 - share) * SLICE, "SIGCONT");
  }, SLICE);
  return () => {
    clearInterval(timer);
    setTimeout(signal, SLICE, "SIGCONT");
  };
}

/** Processes that compute pages of browsers that this process started. */
function renderers() {
  const numbers = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return numbers.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--type=renderer") && started(pid);
    } catch {
      return false;
    }
  });
}

/** @param {number} pid */
function started(pid) {
  for (let one = pid; one > 1; ) {
    if (one === process.pid) return true;
    one = Number(readFileSync(`/proc/${one}/stat`, "utf8").split(") ").pop()?.split(" ")[1]);
  }
  return false;
}

/** A static host as they usually are: compressed, to be kept for ten minutes; as far away as `speed` says. @param {string} dist */
async function hosted(dist) {
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  let free = 0;
  const host = { speed: SPEEDS[0][1], bytes: 0, address: "", close: async () => {} };
  const server = createServer(async ({ url }, response) => {
    const path = join(dist, url === "/" ? "index.html" : new URL(url ?? "", "http://localhost").pathname);
    try {
      if (!files.has(path)) files.set(path, gzipSync(readFileSync(path)));
    } catch {
      response.writeHead(404).end();
      return;
    }
    const body = /** @type {Buffer} */ (files.get(path));
    await wait(host.speed.latency);
    response.writeHead(200, {
      "content-type": TYPES[extname(path)] ?? "application/octet-stream",
      "content-encoding": "gzip",
      "content-length": body.length,
      "cache-control": "max-age=600",
    });
    host.bytes += body.length;
    // One line for all answers.
    for (let sent = 0; sent < body.length && !response.destroyed; sent += PART) {
      const part = body.subarray(sent, sent + PART);
      const now = performance.now();
      free = Math.max(now, free) + (1000 * part.length) / host.speed.bytesPerSecond;
      if (free > now) await wait(free - now);
      response.write(part);
    }
    response.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  const address = server.address();
  if (!address || typeof address === "string") throw new Error("The server has no port.");
  host.address = `http://127.0.0.1:${address.port}/`;
  host.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return host;
}
