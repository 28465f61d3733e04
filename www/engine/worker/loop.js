/**
 * The worker's one loop. Calls into the engine never overlap; between two slices of work, messages are answered.
 * While training, the lanes are sampled again every couple of seconds, a stretch of them after a slice of training.
 */
import { scriptUrl } from "../channel.js";
import { breathe } from "./breathe.js";
import { Choice } from "./choice.js";
import { middles } from "./grid.js";
import { LaneRuns } from "./lanes.js";
import { secondsLeft } from "./left.js";
import { Pool } from "./pool.js";
import { codeOf, isBroken, sentenceOf } from "./post.js";

/**
 * @typedef {import("../protocol").ToWorker} ToWorker
 * @typedef {import("../protocol").FromWorker} FromWorker
 * @typedef {import("../protocol").Backend} Backend
 * @typedef {import("../protocol").DataSet} DataSet
 * @typedef {import("../protocol").Model} Model
 * @typedef {import("../protocol").RunEvent} RunEvent
 * @typedef {import("../../generated/engine").Session} Session
 * @typedef {import("../../generated/settings").Settings} Settings
 * @typedef {Extract<ToWorker, { id: number }>} Request
 * @typedef {Extract<ToWorker, { type: "configure" }>} Configure
 */

/** Milliseconds between two samplings while training, and between two checkpoints. */
const REFRESH = 2000;
const CHECKPOINT = 5000;
/** Data points that the page shows. */
const SHOWN = { points: 4000, images: 64 };
/** Multiplications of lanes from which on starting more workers pays, for the next time: they take about two seconds. */
const LONG = 2e10;

/** What a training step is made of, besides its size. @param {Settings} settings */
const kindOfStep = ({ objective, matching, turn_target, heads, weighting }) =>
  [objective, matching, turn_target, heads, weighting].join(" ");

export class Loop {
  /** @type {ToWorker[]} */
  #inbox = [];
  /** @type {(() => void) | null} */
  #wake = null;
  /** @type {Choice | null} */
  #choice = null;
  /** @type {Backend} */
  #backend = "cpu";
  /** The last `configure` that was accepted, with the data it brought. @type {Omit<Configure, "weights"> | null} */
  #configured = null;
  #run = 0;
  /** Whether the current run's settings were accepted: what they ask for must not be shown from older ones. */
  #accepted = false;
  #lanes = new LaneRuns();
  /** Workers that compute shares of training steps and of lanes, for the CPU engine. @type {Pool | null} */
  #pool = null;
  /** What the GPU has done before. @type {Set<string>} */
  #warm = new Set();
  /** Lanes whose quality is to be measured, the first one under way. @type {number[]} */
  #measuring = [];
  /**
   * `until` is a step; `whole` says that it is the end of what the settings ask for, `filling` since when trajectories are made.
   * @type {{ until: number, whole: boolean, sampled: number, saved: number, speed: number, slices: number, filling: number | null } | null}
   */
  #training = null;

  /** @param {(message: FromWorker) => void} post */
  constructor(post) {
    this.post = post;
  }

  /** @param {ToWorker} message */
  take(message) {
    this.#inbox.push(message);
    this.#wake?.();
  }

  async run() {
    for (;;) {
      try {
        const message = this.#inbox.shift();
        if (message) await this.#handle(message);
        else if (!(await this.#work())) {
          await new Promise((resolve) => {
            this.#wake = () => resolve(undefined);
          });
        }
        this.#wake = null;
      } catch (error) {
        if (isBroken(error)) {
          this.post({ type: "fatal", code: "panic", message: sentenceOf(error) });
          return;
        }
        const code = codeOf(error);
        if (code === "device" || code === "wrong") {
          // Nothing is told as stopped: the page goes on with a fresh engine where this one was.
          if (code === "wrong") this.post({ type: "fatal", code, message: sentenceOf(error) });
          // What the runtime could not do then says nothing to a visitor.
          else this.post({ type: "fatal", code: "device_lost", message: "the GPU does not answer any more" });
          return;
        }
        this.#stop();
        this.#emit({ type: "error", code, message: sentenceOf(error) });
        // The network is back where it was in order; so are the page's copy of it, and the lanes.
        if (code === "diverged") this.take({ type: "restored", run: this.#run });
      }
      await breathe();
    }
  }

  get #session() {
    const session = this.#choice?.sessions[this.#backend];
    if (!session) throw Object.assign(new Error("The engine has not been opened."), { code: "engine" });
    return session;
  }

  /** An event of the current run. @param {RunEvent} event */
  #emit(event) {
    this.post({ ...event, run: this.#run });
  }

  /** @param {ToWorker} message */
  async #handle(message) {
    if ("id" in message) return this.#answer(message);
    if (message.type === "open") return this.#open(message);
    if (message.run !== this.#run) return;
    switch (message.type) {
      case "train":
        await this.#train(message.steps);
        return;
      case "pause":
        if (this.#training) await this.#endTraining();
        return;
      case "sample":
        if (this.#accepted) this.#sample();
        return;
      case "stopSampling":
        this.#lanes.stop();
        return;
      case "knownPixels":
        this.#lanes.known = message;
        return;
      case "restored":
        await this.#afterTraining();
        return;
      case "measure":
        this.#measure(message.lanes);
    }
  }

  /** @param {Request} request */
  async #answer(request) {
    const { id } = request;
    try {
      if ("run" in request && request.type !== "configure" && request.run !== this.#run)
        throw Object.assign(new Error("A newer run has begun."), { code: "outdated" });
      this.post({ type: "answer", id, value: await this.#answerTo(request) });
    } catch (error) {
      if (isBroken(error)) throw error;
      // Nothing goes on that would still be from before the settings that were refused.
      if (request.type === "configure") this.#stop();
      this.post({ type: "refusal", id, code: codeOf(error), message: sentenceOf(error) });
    }
  }

  /** @param {Request} request */
  async #answerTo(request) {
    switch (request.type) {
      case "configure":
        return this.#configure(request);
      case "weights":
        if (request.begin) this.#session.begin(request.bytes);
        else this.#session.load(request.bytes);
        return this.#model();
      case "describe":
        return { data: this.#choice?.trainedOn(request.bytes) ?? "" };
      case "lossFloor":
        return this.#session.lossFloor() ?? null;
      case "field":
        return this.#field(request);
      case "forward":
        return this.#session.forward(request.sigmas, request.count);
      case "inspect":
        return this.#prepared("inspecting images", () => this.#session.look(request.states, request.sigmas));
      case "save":
        return this.#saved();
    }
  }

  /** @param {Extract<ToWorker, { type: "open" }>} message */
  async #open(message) {
    this.#choice = new Choice(message, this.post);
    try {
      this.#backend = await this.#choice.open();
    } catch (error) {
      const outdated = codeOf(error) === "outdated";
      this.post({ type: "fatal", code: outdated ? "outdated" : "panic", message: sentenceOf(error) });
    }
  }

  /** @param {Configure} request @returns {import("../protocol").Requests["configure"]["answer"]} */
  #configure({ weights, ...message }) {
    this.#run = message.run;
    this.#accepted = false;
    const before = this.#configured;
    const same = before !== null && before.settings.data === message.settings.data;
    const old = same ? before : null;
    const { points = old?.points, images = old?.images } = message;
    // Classes belong to the points that they came with.
    const labels = message.points ? message.labels : old?.labels;
    // Points that the session has are not given to it again: new ones are a new network.
    const brought = message.points && labels;
    const fresh = this.#session.configure(message.settings, message.points, brought, images, message.fresh);
    this.#configured = { ...message, points, labels, images };
    this.#accepted = true;
    this.#measuring = [];
    this.#lanes.stop();
    if (fresh || weights) this.#training = null;
    else if (this.#training?.whole) this.#training.until = this.#session.end;
    const data = fresh || !before ? this.#data() : null;
    const unread = weights ? this.#takeOver(weights, message.settings) : null;
    return { model: this.#model(), data, unread };
  }

  /** Weights of another engine or visit; a network that has learned nothing where they can't be read. @param {import("../protocol").Weights} weights @param {Settings} settings */
  #takeOver(weights, settings) {
    try {
      this.#load(weights);
      return null;
    } catch (error) {
      if (isBroken(error)) throw error;
      this.#session.configure(settings, undefined, undefined, undefined, true);
      return { code: codeOf(error), message: sentenceOf(error) };
    }
  }

  /** @returns {DataSet} */
  #data() {
    const { dimension, total } = this.#session;
    const points = this.#session.points(SHOWN[this.#configured?.kind ?? "points"]);
    return { dimension, total, count: points.length / dimension, points };
  }

  /** @returns {Model} */
  #model() {
    const { parameters, step, turnTrained, turnCost, mapTrained, mapCost, classes } = this.#session;
    return { parameters, step, turnTrained, turnCost, mapTrained, mapCost, classes };
  }

  // ---- work between messages ---------------------------------------------------------------------------------------

  /** One slice of whatever there is to do; false when there is nothing. */
  async #work() {
    const sampling = this.#lanes.running;
    const training = this.#training !== null;
    if (training) await this.#prepared("training", () => this.#trainSlice());
    if (sampling) await this.#prepared("sampling", () => this.#sampleStretch());
    const measuring = !sampling && !training && this.#measuring.length > 0;
    if (measuring) await this.#prepared("measuring", () => this.#measureOn());
    return sampling || training || measuring;
  }

  /**
   * A GPU compiles its programs at first use, which takes seconds: says so meanwhile.
   * @template T
   * @param {string} what
   * @param {() => Promise<T>} work
   */
  async #prepared(what, work) {
    const configured = this.#configured;
    const step = what === "training" && configured ? `${kindOfStep(configured.settings)} ${this.#mapping}` : "";
    const key = `${what} ${configured?.kind} ${step}`;
    const first = this.#backend === "webgpu" && !this.#warm.has(key);
    if (!first) return work();
    this.post({ type: "progress", text: `Preparing the GPU for ${what}`, fraction: null });
    const found = await work();
    this.#warm.add(key);
    this.post({ type: "progress", text: "Ready", fraction: 1 });
    return found;
  }

  /** Whether the next training step is one of the flow map. */
  get #mapping() {
    const settings = this.#configured?.settings;
    return settings?.objective === "whole" && this.#session.step >= settings.budget;
  }

  /** @param {number[]} lanes */
  #measure(lanes) {
    this.#measuring = [...lanes];
    if (lanes.length) this.#session.measure(lanes[0]);
    else this.#session.stopMeasuring();
  }

  async #measureOn() {
    const [lane, ...rest] = this.#measuring;
    const measured = await this.#session.measured();
    this.#emit({ type: "measured", lane, measured });
    if (measured.quality) this.#measure(rest);
  }

  #sample() {
    this.#hire();
    const work = this.#lanes.start(this.#session, this.#configured?.settings.lanes.length ?? 0);
    if (work > LONG) this.#pool?.prepare();
  }

  async #sampleStretch() {
    this.#emit({ type: "frames", ...(await this.#lanes.advance()) });
  }

  // ---- training ----------------------------------------------------------------------------------------------------

  /** @param {number | undefined} steps */
  async #train(steps) {
    const settings = this.#configured?.settings;
    if (!settings || !this.#choice) return;
    this.#measure([]);
    await this.#chooseEngine();
    this.#hire();
    this.#choice.shared(1 + this.#session.helping);
    const step = this.#session.step;
    const whole = steps === undefined;
    const until = whole ? this.#session.end : step + steps;
    const now = performance.now();
    this.#training = { until, whole, sampled: now, saved: now, speed: 0, slices: 0, filling: null };
    if (until === step) await this.#endTraining();
  }

  /** Moves the run to the faster engine, once for every kind of run. */
  async #chooseEngine() {
    const configured = this.#configured;
    const choice = this.#choice;
    if (!configured || !choice) return;
    const { settings, kind, points, labels, images } = configured;
    const key = `${kind} ${settings.width} ${settings.batch} ${kindOfStep(settings)}`;
    const prepare = (/** @type {Session} */ session) => session.configure(settings, points, labels, images, true);
    const saved = await this.#saved();
    let touched = false;
    if (choice.undecided(key)) {
      this.#lanes.stop();
      await choice.compare(key, prepare);
      touched = true;
    }
    const decided = choice.decided(key);
    const backend = decided?.backend ?? this.#backend;
    if (!touched && backend === this.#backend) return;
    this.#backend = backend;
    prepare(this.#session);
    // The comparison trained throw-away networks: the run goes on from where it was.
    this.#load(saved);
    if (decided) choice.opened(decided.backend, decided.reason);
    this.#emit({ type: "model", model: this.#model() });
  }

  /** Lets other workers help the CPU engine, while it computes; each starts when there is work for it. */
  #hire() {
    const choice = this.#choice;
    const count = (choice?.wish.workers ?? 1) - 1;
    if (this.#backend !== "cpu") this.#dismiss();
    if (!choice || this.#backend !== "cpu" || this.#pool || count < 1) return;
    this.#pool = new Pool(count, () => {
      const hand = new Worker(scriptUrl(location.href), { type: "module", name: "fewsteps-helper" });
      hand.postMessage({ type: "help", engine: choice.wish.engines.cpu });
      return hand;
    });
    this.#session.useHelpers(this.#pool);
  }

  /** Goes on alone. */
  #dismiss() {
    if (!this.#pool) return;
    this.#choice?.sessions.cpu?.useHelpers(undefined);
    this.#pool.close();
    this.#pool = null;
    this.#choice?.shared(1);
  }

  async #trainSlice() {
    const training = this.#training;
    if (!training) return;
    if (this.#session.step >= training.until) {
      await this.#endTraining();
      return;
    }
    const report = await this.#slice(training.until);
    if (!report) return;
    const { step, noise: noiseLoss, turn: turnLoss, map: mapLoss, milliseconds } = report;
    const trajectories = noiseLoss.length + mapLoss.length === 0 ? report.trajectories : null;
    report.free();
    const { until: budget } = training;
    if (trajectories === null) {
      // The steps of velocity and map take their own time, and the first of each prepare what the others find ready.
      if (training.filling !== null) training.slices = 0;
      const speed = (1000 * (noiseLoss.length + mapLoss.length)) / milliseconds;
      training.speed = training.slices < 2 ? speed : 0.9 * training.speed + 0.1 * speed;
      training.slices += 1;
      training.filling = null;
    } else training.filling ??= performance.now() - milliseconds;
    const running = step < budget;
    this.#emit({
      type: "training",
      running,
      step,
      budget,
      noiseLoss,
      turnLoss,
      mapLoss,
      trajectories,
      stepsPerSecond: training.speed,
      secondsLeft: running ? secondsLeft(training, step, trajectories) : null,
    });
    if (running) await this.#refresh(training);
    else {
      this.#training = null;
      await this.#afterTraining();
    }
  }

  /** Some steps; null where helpers failed, and none was taken. @param {number} until */
  async #slice(until) {
    try {
      return await this.#session.trainSlice(until);
    } catch (error) {
      if (codeOf(error) !== "helper") throw error;
      this.#dismiss();
      return null;
    }
  }

  /** @param {{ sampled: number, saved: number }} training */
  async #refresh(training) {
    const now = performance.now();
    if (now - training.sampled > REFRESH && !this.#lanes.running) {
      training.sampled = now;
      this.#sample();
    }
    if (now - training.saved > CHECKPOINT) {
      training.saved = now;
      await this.#checkpoint();
    }
  }

  async #checkpoint() {
    this.#emit({ type: "checkpoint", step: this.#session.step, ...(await this.#saved()) });
  }

  /** @returns {Promise<import("../protocol").Saved>} */
  async #saved() {
    return { bytes: await this.#session.save(), state: await this.#session.saveTraining() };
  }

  /** The weights, and training as it was with them; where that can't be read, it goes on from the weights alone. @param {import("../protocol").Weights} weights */
  #load({ bytes, state }) {
    this.#session.load(bytes);
    if (!state) return;
    try {
      this.#session.goOn(state);
    } catch (error) {
      if (codeOf(error) !== "saved") throw error;
    }
  }

  /** Stops where it is, and says so. */
  async #endTraining() {
    this.#stopTraining();
    await this.#afterTraining();
  }

  async #afterTraining() {
    await this.#checkpoint();
    this.#emit({ type: "model", model: this.#model() });
    this.#sample();
  }

  #stopTraining() {
    const budget = this.#training?.until ?? 0;
    this.#training = null;
    const [noiseLoss, turnLoss, mapLoss] = [0, 0, 0].map((size) => new Float32Array(size));
    const none = { noiseLoss, turnLoss, mapLoss, trajectories: null, stepsPerSecond: 0, secondsLeft: null };
    this.#emit({ type: "training", running: false, step: this.#session.step, budget, ...none });
  }

  /** After an error: nothing goes on that could fail again. */
  #stop() {
    this.#lanes.stop();
    this.#measuring = [];
    if (this.#training) this.#stopTraining();
  }

  /** @param {Extract<ToWorker, { type: "field" }>} request */
  #field({ lane, sigma, columns, rows, turns }) {
    if (this.#session.dimension !== 2) return null;
    return this.#session.field(lane, sigma, middles(columns, rows), turns);
  }
}
