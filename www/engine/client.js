/**
 * The page's side of the engine's worker: starts it, speaks the protocol, and starts a fresh one when it dies. What the visitor
 * wants is decided in the store.
 */
import { Channel, EngineError } from "./channel.js";

/**
 * @typedef {import("./protocol").Backend} Backend
 * @typedef {import("./protocol").FromWorker} FromWorker
 * @typedef {import("./protocol").Requests} Requests
 * @typedef {import("./protocol").RunCommand} RunCommand
 * @typedef {import("./protocol").RunEvent} RunEvent
 * @typedef {Extract<FromWorker, { type: "opened" }>} Opened
 * @typedef {"off" | "starting" | "live" | "failed"} Phase
 */
/**
 * @typedef {object} Listeners
 * @property {(phase: Phase) => void} phase
 * @property {(progress: { text: string, fraction: number | null } | null) => void} progress
 * @property {(opened: Opened) => void} opened what computes; again when the engine moves to a faster device
 * @property {(restarted: boolean) => void} ready an engine waits for its first run; whether it follows one that died
 * @property {(why: string) => void} died a fresh engine is on its way
 * @property {(why: string, outdated: boolean) => void} failed no engine will come, unless it is started by hand, or the page is loaded
 *   anew where its files are not there any more; a sentence
 * @property {(event: RunEvent) => void} event of the current run
 */

/** More deaths than these within a minute, and no fresh worker is started. */
const MOST_DEATHS = 3;

export class Client {
  /** @type {Phase} */
  #phase = "off";
  /** @type {Channel | null} */
  #channel = null;
  /** Times of deaths. @type {number[]} */
  #deaths = [];
  /** Why WebGPU is not tried any more. @type {string | undefined} */
  #avoided;
  #run = 0;

  /**
   * @param {{ worker: string, engines: import("./protocol").Open["engines"] }} site where the built files lie, by the time of the start
   * @param {"auto" | Backend} device
   * @param {number} workers most that share training and sampling on the CPU
   * @param {Listeners} listeners
   * @param {number} [beat]
   */
  constructor(site, device, workers, listeners, beat) {
    this.site = site;
    this.device = device;
    this.workers = workers;
    this.listeners = listeners;
    this.beat = beat;
  }

  /** Starts the engine; harmless where it is there, or has failed. */
  start() {
    if (this.#phase === "off") this.#start(false);
  }

  /** Ends the engine, as if it had not been started. */
  stop() {
    this.#close("the engine was ended");
    this.listeners.progress(null);
    this.#enter("off");
  }

  /** Tries once more after a failure. */
  retry() {
    this.#deaths = [];
    this.#start(false);
  }

  /** Begins a run: what belongs to an older one is dropped from now on. @returns {number} its number */
  beginRun() {
    return ++this.#run;
  }

  /** The current run's number; 0 before the first. */
  get run() {
    return this.#run;
  }

  /** @param {RunCommand} command */
  send(command) {
    this.#channel?.send({ ...command, run: this.#run });
  }

  /**
   * @template {keyof Requests} T
   * @param {T} type @param {Requests[T]["ask"]} ask
   * @returns {Promise<Requests[T]["answer"] | null>} null where nobody waits any more: for a newer run has begun, or the engine is gone.
   * An `EngineError` where the engine refuses.
   */
  async request(type, ask) {
    const run = this.#run;
    try {
      const answer = await this.#channel?.request({ type, run, ...ask });
      return run === this.#run ? (answer ?? null) : null;
    } catch (error) {
      if (run !== this.#run || (error instanceof EngineError && error.code === "closed")) return null;
      throw error;
    }
  }

  /** The network as it is now, whatever run it belongs to; null where the engine has none to give. @returns {Promise<import("./protocol").Saved | null>} */
  save() {
    return this.#channel?.request({ type: "save" }).catch(() => null) ?? Promise.resolve(null);
  }

  /** @param {boolean} restarted */
  #start(restarted) {
    this.#close("a fresh engine takes its place");
    this.#enter("starting");
    this.listeners.progress({ text: "Starting the engine", fraction: null });
    try {
      const event = (/** @type {FromWorker} */ message) => this.#receive(message, restarted);
      const broken = (/** @type {string} */ why) => this.#die(why);
      this.#channel = new Channel(this.site.worker, "fewsteps", { event, broken }, this.beat);
    } catch (error) {
      this.#fail(`The browser did not let the engine start (${error instanceof Error ? error.message : error}).`);
      return;
    }
    const avoided = this.#avoided ? { avoided: this.#avoided } : {};
    const { device, workers } = this;
    this.#channel.send({ type: "open", device, workers, engines: this.site.engines, ...avoided });
  }

  /** @param {string} why */
  #close(why) {
    this.#channel?.close(why);
    this.#channel = null;
  }

  /** @param {FromWorker} message @param {boolean} restarted */
  #receive(message, restarted) {
    if (message.type === "progress") {
      const { text, fraction } = message;
      this.listeners.progress(fraction === 1 ? null : { text, fraction });
    } else if (message.type === "opened") {
      this.listeners.opened(message);
      // It comes again when the engine moves to a faster device; the run goes on by itself then.
      if (this.#phase === "live") return;
      this.#enter("live");
      this.listeners.progress(null);
      this.listeners.ready(restarted);
    } else if (message.type === "fatal") this.#die(message.message, message.code);
    else if ("run" in message && message.run === this.#run) this.listeners.event(message);
  }

  /** @param {string} why @param {Extract<FromWorker, { type: "fatal" }>["code"]} [code] */
  #die(why, code) {
    if (code === "outdated") {
      this.#fail(`${why}.`, true);
      return;
    }
    const wasLive = this.#phase === "live";
    const now = Date.now();
    this.#deaths = [...this.#deaths.filter((time) => now - time < 60_000), now];
    if (this.#deaths.length > MOST_DEATHS || (!wasLive && this.device === "cpu")) {
      this.#fail(`The engine stopped (${why}).`);
      return;
    }
    // A GPU that the engine died with twice in a minute, or did not even start with, is not tried again.
    if (this.#deaths.length > 1 || !wasLive || code === "wrong") {
      this.device = "cpu";
      this.#avoided ??= `the engine stopped before (${why})`;
    }
    this.listeners.died(why);
    this.#start(wasLive);
  }

  /** @param {string} why @param {boolean} [outdated] whether only a reload helps */
  #fail(why, outdated = false) {
    this.#close(why);
    this.#enter("failed");
    this.listeners.progress(null);
    this.listeners.failed(why, outdated);
  }

  /** @param {Phase} phase */
  #enter(phase) {
    this.#phase = phase;
    this.listeners.phase(phase);
  }
}
