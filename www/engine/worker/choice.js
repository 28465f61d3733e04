/**
 * Which engine computes. The CPU engine is small and starts at once. Where there is a real GPU, the WebGPU engine is
 * fetched when training starts, both take a few steps of the very run, and the faster one goes on: small networks
 * are often faster on the CPU.
 */
import { load } from "./load.js";
import { codeOf } from "./post.js";
import { inTime, probe } from "./probe.js";

/**
 * @typedef {import("../protocol").ToWorker} ToWorker
 * @typedef {import("../protocol").FromWorker} FromWorker
 * @typedef {import("../protocol").Backend} Backend
 * @typedef {import("../../generated/engine").Session} Session
 * @typedef {import("./probe.js").Probe} Probe
 */

/** Steps of a comparison: the first ones compile pipelines, the others are timed. */
const WARM_UP = 3;
const TIMED = 12;
/** How far the losses of the same steps may be apart, in parts of them: rounding is a millionth, and grows by little in so few steps. */
const APART = 0.05;
/** How long a device may take to be opened, and an adapter that was asked for to be found, in milliseconds. */
const PATIENCE = 30_000;
/** How long an adapter may take that nobody asked for by name: until then nothing computes. */
const UNASKED = 4000;

/** Whether two engines took the same steps from the same seed. @param {number[]} ours @param {number[]} theirs */
export const alike = (ours, theirs) =>
  ours.length === theirs.length &&
  ours.every((loss, i) => Math.abs(loss - theirs[i]) <= APART * Math.max(Math.abs(loss), 1e-3));

export class Choice {
  /** @type {Partial<Record<Backend, import("./load.js").EngineModule>>} */
  #engines = {};
  /** @type {Partial<Record<Backend, Session>>} */
  sessions = {};
  /** @type {Probe} */
  probe = { usable: false, real: false, adapter: null, why: "" };
  /** Runs already compared, by what their speed depends on. @type {Map<string, { backend: Backend, reason: string }>} */
  compared = new Map();
  /** What computes, and why. @type {{ backend: Backend, reason: string }} */
  #current = { backend: "cpu", reason: "" };
  /** Workers that share the training. */
  #workers = 1;

  /**
   * @param {Extract<ToWorker, { type: "open" }>} wish
   * @param {(message: FromWorker) => void} post
   */
  constructor(wish, post) {
    this.wish = wish;
    this.post = post;
  }

  /** The engine to start with. @returns {Promise<Backend>} */
  async open() {
    const { device, engines } = this.wish;
    this.probe = device === "cpu" ? this.probe : await probe(device === "webgpu" ? PATIENCE : UNASKED);
    const asked = device === "webgpu" && this.probe.usable && engines.webgpu;
    if (asked) {
      try {
        await this.session("webgpu");
        this.opened("webgpu", `WebGPU computes on ${this.probe.adapter}, as asked for.`);
        return "webgpu";
      } catch (error) {
        this.probe = {
          ...this.probe,
          usable: false,
          why: `WebGPU failed to start (${error instanceof Error ? error.message : error})`,
        };
      }
    }
    await this.session("cpu");
    this.opened("cpu", this.#whyCpu());
    return "cpu";
  }

  #whyCpu() {
    const { device, engines, avoided } = this.wish;
    if (avoided) return `The CPU computes: ${avoided}.`;
    if (device === "cpu") return "The CPU computes, as asked for.";
    if (!this.probe.real || !this.probe.usable) return `The CPU computes: ${this.probe.why}.`;
    if (!engines.webgpu) return "The CPU computes: this copy of the page was built without the WebGPU engine.";
    return `The CPU computes until training starts; then ${this.probe.adapter} is tried.`;
  }

  /** @param {Backend} backend @param {string} reason */
  opened(backend, reason) {
    this.#current = { backend, reason };
    const shared = backend === "cpu" && this.#workers > 1 ? ` ${this.#workers} workers share the training.` : "";
    const adapter = backend === "webgpu" ? this.probe.adapter : null;
    this.post({ type: "opened", backend, adapter, reason: reason + shared });
  }

  /** Says that `workers` share the training. @param {number} workers */
  shared(workers) {
    if (workers === this.#workers) return;
    this.#workers = workers;
    this.opened(this.#current.backend, this.#current.reason);
  }

  /** The one session on `backend`. @param {Backend} backend @returns {Promise<Session>} */
  async session(backend) {
    const there = this.sessions[backend];
    if (there) return there;
    const urls = this.wish.engines[backend];
    if (!urls) throw new Error("this copy of the page was built without it");
    const text = backend === "cpu" ? "Fetching the engine" : "Fetching the GPU engine";
    const module = await load(urls, (fraction) => this.post({ type: "progress", text, fraction }));
    this.post({ type: "progress", text: "Starting the engine", fraction: null });
    module.onDeviceLost((message) => this.post({ type: "fatal", code: "device_lost", message }));
    // A device that never comes would keep the page waiting for good.
    const session = await inTime(module.Session.open(), PATIENCE, "its device did not come in time");
    this.#engines[backend] = module;
    this.post({ type: "progress", text: "Ready", fraction: 1 });
    this.sessions[backend] = session;
    return session;
  }

  /** Name of the data set that a file of weights says it was trained on. @param {Uint8Array} bytes */
  trainedOn(bytes) {
    const engine = this.#engines.cpu ?? this.#engines.webgpu;
    if (!engine) throw new Error("The engine has not been opened.");
    return engine.Session.trainedOn(bytes);
  }

  /** Whether training this run first needs a comparison. @param {string} key */
  undecided(key) {
    const { device, engines } = this.wish;
    return device === "auto" && this.probe.real && engines.webgpu !== null && !this.compared.has(key);
  }

  /**
   * Times a few steps on both engines. `prepare` gives a session the run's data and a network of its size.
   * @param {string} key
   * @param {(session: Session) => void} prepare
   */
  async compare(key, prepare) {
    /** @type {Partial<Record<Backend, number>>} */
    const milliseconds = {};
    /** @type {Partial<Record<Backend, number[]>>} */
    const losses = {};
    try {
      for (const backend of /** @type {const} */ (["cpu", "webgpu"])) {
        const session = await this.session(backend);
        prepare(session);
        this.post({
          type: "progress",
          text: backend === "cpu" ? "Timing the CPU" : "Preparing the GPU",
          fraction: null,
        });
        const first = await session.train(WARM_UP);
        const start = performance.now();
        const rest = await session.train(TIMED);
        milliseconds[backend] = (performance.now() - start) / TIMED;
        losses[backend] = [...first.noise, ...rest.noise];
        first.free();
        rest.free();
      }
      if (!alike(losses.cpu ?? [], losses.webgpu ?? [])) throw new Error("it computes other losses than the CPU");
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      milliseconds.webgpu = Infinity;
      // Settings with which training goes wrong at once say nothing of the GPU.
      if (codeOf(error) === "diverged") this.probe = { ...this.probe, why: "with these settings nothing can be timed" };
      else this.probe = { ...this.probe, real: false, why: `${this.probe.adapter} can’t be used (${why})` };
    }
    this.post({ type: "progress", text: "Ready", fraction: 1 });
    const { cpu = 0, webgpu = Infinity } = milliseconds;
    const per = (/** @type {number} */ ms) => `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms a step`;
    const faster = webgpu < cpu;
    const reason = !Number.isFinite(webgpu)
      ? `The CPU computes: ${this.probe.why}.`
      : faster
        ? `WebGPU computes: ${per(webgpu)} on ${this.probe.adapter}, against ${per(cpu)} on the CPU.`
        : `The CPU computes: it is the faster one for this network, ${per(cpu)} against ${per(webgpu)} on ${this.probe.adapter}.`;
    this.compared.set(key, { backend: faster ? "webgpu" : "cpu", reason });
  }

  /** What `compare` found. @param {string} key */
  decided(key) {
    return this.compared.get(key);
  }
}
