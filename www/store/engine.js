/** The one engine of the page, as signals and as notices. */
import { signal } from "@preact/signals";
import { EngineError } from "../engine/channel.js";
import { Client } from "../engine/client.js";
import { retract, say } from "./notices.js";
import { sayOutdated } from "./outdated.js";
import { site } from "./site.js";

/**
 * @typedef {import("../engine/protocol").Requests} Requests
 * @typedef {import("../engine/protocol").RunEvent} RunEvent
 * @typedef {import("../engine/protocol").RunCommand} RunCommand
 * @typedef {{ code: string, message: string }} Failure
 */
/**
 * @typedef {object} Handlers what the store does about the engine, see start.js
 * @property {(restarted: boolean) => void} ready an engine waits for its first run; whether it follows one that died
 * @property {() => void} lost nothing more will come of what was asked for
 * @property {(failure: Failure) => void} failed what was asked for is refused, or went wrong on the way
 * @property {(event: Exclude<RunEvent, { type: "error" }>) => void} event of the current run
 */

/** Workers that still gain: each copies all weights at every step. */
const MOST_WORKERS = 8;

/** `off`: nothing is computed yet. @type {import("@preact/signals").Signal<import("../engine/client.js").Phase>} */
export const phase = signal("off");
/** @type {import("@preact/signals").Signal<{ text: string, fraction: number | null } | null>} */
export const progress = signal(null);
/** What computes. @type {import("@preact/signals").Signal<import("../engine/client.js").Opened | null>} */
export const opened = signal(null);

/** @type {Handlers} */
let handlers = { ready() {}, lost() {}, failed() {}, event() {} };

/** Most workers that share what the CPU computes. */
export const workers = workersWish();

const client = new Client(site, deviceWish(), workers, {
  phase: (now) => (phase.value = now),
  progress: (now) => (progress.value = now),
  opened: (now) => (opened.value = now),
  ready: (restarted) => handlers.ready(restarted),
  died(why) {
    handlers.lost();
    say(`The engine stopped (${why}). Starting a fresh one…`, { key: "engine" });
  },
  failed(why, outdated) {
    handlers.lost();
    if (outdated) {
      sayOutdated("The engine is");
      return;
    }
    say(`${why} Nothing on the page is lost; you can try again.`, {
      key: "engine",
      action: { label: "Try again", run: retry },
    });
  },
  event: (event) => (event.type === "error" ? handlers.failed(event) : handlers.event(event)),
});

/** What the address asks for. @returns {"auto" | "cpu" | "webgpu"} */
function deviceWish() {
  const wish = new URLSearchParams(location.search).get("device") ?? "auto";
  if (wish === "auto" || wish === "cpu" || wish === "webgpu") return wish;
  say(`“device=${wish}” was ignored: it is auto, cpu or webgpu.`, { key: "device" });
  return "auto";
}

/**
 * Most workers that share the training: what the address asks for, else all processors but one, which the page itself needs; one alone
 * where there are two.
 */
function workersWish() {
  const usual = Math.min(MOST_WORKERS, Math.max(1, (navigator.hardwareConcurrency || 1) - 1));
  const wish = new URLSearchParams(location.search).get("workers");
  if (wish === null) return usual;
  const asked = Number(wish);
  if (Number.isInteger(asked) && asked >= 1 && asked <= MOST_WORKERS) return asked;
  say(`“workers=${wish}” was ignored: it is a whole number from 1 to ${MOST_WORKERS}.`, { key: "workers" });
  return usual;
}

/** @param {Handlers} all */
export function handle(all) {
  handlers = all;
}

/** Starts the engine; harmless when it is already there. */
export const wake = () => client.start();

/** Ends the engine; the next `wake` starts another. */
export const stop = () => client.stop();

/** Tries once more after a failure. */
export function retry() {
  retract("engine");
  client.retry();
}

/** Begins a run: answers and events of older ones are dropped. @returns {number} its number */
export const beginRun = () => client.beginRun();

/** Whether a newer run has begun since. @param {number} run */
export const isOver = (run) => run !== client.run;

/** Whether the engine has been given a run. */
export const hasRun = () => phase.value === "live" && client.run > 0;

/** @param {RunCommand} command */
export const send = (command) => client.send(command);

/**
 * Asks about the current run.
 * @template {keyof Requests} T
 * @param {T} type @param {Requests[T]["ask"]} ask @param {(failure: Failure) => void} [refused] in place of a notice
 * @returns {Promise<Requests[T]["answer"] | null>} null where the engine refuses, or nobody waits for the answer any more
 */
export async function request(type, ask, refused = handlers.failed) {
  try {
    return await client.request(type, ask);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    refused(error);
    return null;
  }
}

/** The network as it is now; null where the engine has none to give. */
export const save = () => client.save();
