/**
 * The page's side of the worker: starts it when it is first needed, speaks the protocol, and starts a fresh one from
 * the last checkpoint when it dies. What the visitor wants is decided in `run.js`; here it is only carried out.
 */
import { signal } from "@preact/signals";
import { build } from "../store/site.js";
import { giveUp } from "../store/lanes/lanes.js";
import { retract, say } from "../store/notices.js";

/**
 * @typedef {import("./protocol").ToWorker} ToWorker
 * @typedef {import("./protocol").FromWorker} FromWorker
 * @typedef {Extract<FromWorker, { type: "opened" }>} Opened
 */

/** `recording`: no engine yet. @type {import("@preact/signals").Signal<"recording" | "starting" | "live" | "failed">} */
export const phase = signal("recording");
/** @type {import("@preact/signals").Signal<{ text: string, fraction: number | null } | null>} */
export const progress = signal(null);
/** @type {import("@preact/signals").Signal<Opened | null>} */
export const opened = signal(null);

/** @type {Worker | null} */
let worker = null;
/** @type {(message: FromWorker) => void} */
let listener = () => {};
/** @type {(restarted: boolean) => void} */
let ready = () => {};
/** @type {number[]} */
let deaths = [];
/** @type {"auto" | "cpu" | "webgpu"} */
let device = "auto";
/** Why WebGPU is not asked any more. @type {string | undefined} */
let avoided;

const wish = new URLSearchParams(location.search).get("device");
if (wish === "cpu" || wish === "webgpu") device = wish;
else if (wish !== null && wish !== "auto")
  say(`“device=${wish}” was ignored: it is auto, cpu or webgpu.`, { key: "device" });

/** @param {{ message: (message: FromWorker) => void, ready: (restarted: boolean) => void }} handlers */
export function listen(handlers) {
  listener = handlers.message;
  ready = handlers.ready;
}

/** Starts the engine; harmless when it is already there. */
export function wake() {
  if (worker || phase.value === "failed") return;
  start(false);
}

/** Tries once more after a failure. */
export function retry() {
  deaths = [];
  retract("engine");
  start(false);
}

/** @param {boolean} restarted */
function start(restarted) {
  worker?.terminate();
  phase.value = "starting";
  progress.value = { text: "Starting the engine", fraction: null };
  try {
    worker = new Worker(build.worker, { type: "module", name: "fewsteps" });
  } catch (error) {
    fail(`The browser did not let the engine start (${error instanceof Error ? error.message : error}).`);
    return;
  }
  const mine = worker;
  worker.onmessage = ({ data }) => mine === worker && hear(data, restarted);
  worker.onerror = (event) => {
    event.preventDefault();
    if (mine === worker) died(event.message || "its script could not be loaded", "panic");
  };
  send({ type: "open", device, engines: build.engines, ...(avoided ? { avoided } : {}) });
}

/** @param {FromWorker} message @param {boolean} restarted */
function hear(message, restarted) {
  switch (message.type) {
    case "progress":
      progress.value = message.fraction === 1 ? null : { text: message.text, fraction: message.fraction };
      return;
    case "opened":
      opened.value = message;
      // It comes again when the engine moves to a faster device; the run goes on by itself then.
      if (phase.value === "live") return;
      phase.value = "live";
      progress.value = null;
      ready(restarted);
      return;
    case "fatal":
      died(message.message, message.code);
      return;
    default:
      listener(message);
  }
}

/** @param {string} why @param {"panic" | "device_lost"} code */
function died(why, code) {
  const wasLive = phase.value === "live";
  const now = Date.now();
  deaths = [...deaths.filter((time) => now - time < 60_000), now];
  giveUp();
  if (deaths.length > 3 || (!wasLive && device === "cpu")) {
    fail(`The engine stopped (${why}).`);
    return;
  }
  // A GPU that the engine died with twice in a minute, or did not even start with, is not asked again.
  if (deaths.length > 1 || !wasLive) {
    device = "cpu";
    avoided ??= `the engine stopped before (${why})`;
  }
  listener({ type: "fatal", code, message: why });
  start(wasLive);
}

/** @param {string} why */
function fail(why) {
  worker?.terminate();
  worker = null;
  phase.value = "failed";
  progress.value = null;
  giveUp();
  say(`${why} Nothing on the page is lost; you can try again.`, {
    key: "engine",
    action: { label: "Try again", run: retry },
  });
}

/** @param {ToWorker} message @param {Transferable[]} [transfer] */
export function send(message, transfer = []) {
  worker?.postMessage(message, transfer);
}
