// @ts-check
/**
 * The worker's one loop. Calls into the engine never overlap; between two slices of work, messages are answered.
 * While training, the lanes are sampled again every couple of seconds, a stretch of film after a slice of training.
 */
import { breathe } from "./breathe.js";
import { Choice } from "./choice.js";
import { watchDevices } from "./probe.js";

/**
 * @typedef {import("../protocol").ToWorker} ToWorker
 * @typedef {import("../protocol").FromWorker} FromWorker
 * @typedef {import("../protocol").Backend} Backend
 * @typedef {import("../mirror").Session} Session
 * @typedef {import("../mirror").Film} Film
 * @typedef {Extract<ToWorker, { type: "configure" }>} Configure
 */

/** How long a slice of training aims to take, in milliseconds. A GPU's slice is longer: reading its losses is slow. */
const SLICE = { cpu: 60, webgpu: 250 };
/** Milliseconds between two samplings while training, and between two checkpoints. */
const REFRESH = 2000;
const CHECKPOINT = 5000;
/** Data points that the page shows. */
const SHOWN = { points: 4000, images: 64 };
/** Half the side of the square that arrows stand in, in VP coordinates. */
const HALF = 3;

/** What a training step is made of, besides its size. @param {import("../../generated/settings").Settings} settings */
const asked = ({ objective, matching, turn_target, heads, weighting }) =>
  [objective, matching, turn_target, heads, weighting].join(" ");

/** @param {import("../../generated/settings").Settings} settings */
const ofImages = ({ data }) => data === "digits" || data === "images";

export class Loop {
  /** @type {ToWorker[]} */
  #inbox = [];
  /** @type {(() => void) | null} */
  #wake = null;
  /** @type {Choice | null} */
  #choice = null;
  /** @type {Backend} */
  #backend = "cpu";
  /** The last `configure`, with the data it brought. @type {Configure | null} */
  #configured = null;
  #run = 0;
  /** Whether the current run's settings were accepted: what they ask for must not be shown from older ones. */
  #accepted = false;
  #pass = 0;
  /** @type {{ lane: number, film: Film }[]} */
  #films = [];
  /** What the GPU has done before. @type {Set<string>} */
  #warm = new Set();
  /** A drawing to finish, and which pixels of it are kept. @type {{ pixels: Uint8Array, mask: Uint8Array }} */
  #given = { pixels: new Uint8Array(), mask: new Uint8Array() };
  /** @type {number | null} */
  #floor = null;
  /** Lanes whose quality is to be measured, the first one under way. @type {number[]} */
  #measuring = [];
  /** @type {{ until: number, slice: number, filmed: number, saved: number, speed: number } | null} */
  #training = null;

  /** @param {(message: FromWorker, transfer: Transferable[]) => void} post */
  constructor(post) {
    this.post = (/** @type {FromWorker} */ message, /** @type {Transferable[]} */ transfer = []) =>
      post(message, transfer);
    watchDevices((why) => this.post({ type: "fatal", code: "device_lost", message: why }));
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
        else if (!(await this.#work())) await new Promise((resolve) => (this.#wake = () => resolve(undefined)));
        this.#wake = null;
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) {
          this.post({ type: "fatal", code: "panic", message: error.message });
          return;
        }
        this.#stop();
        const code = String(/** @type {any} */ (error)?.code ?? "engine");
        this.post({
          type: "error",
          run: this.#run,
          code,
          message: error instanceof Error ? error.message : String(error),
        });
      }
      await breathe();
    }
  }

  get #session() {
    const session = this.#choice?.sessions[this.#backend];
    if (!session) throw new Error("The engine has not been opened.");
    return session;
  }

  /** @param {ToWorker} message */
  async #handle(message) {
    if ("run" in message && message.type !== "configure" && message.run !== this.#run) return;
    switch (message.type) {
      case "open":
        await this.#open(message);
        return;
      case "configure":
        this.#configure(message);
        return;
      case "weights":
        if (message.begin) this.#session.begin(message.bytes);
        else this.#session.load(message.bytes);
        this.#tellModel();
        return;
      case "sample":
        if (this.#accepted) this.#film();
        return;
      case "train":
        await this.#train(message.steps);
        return;
      case "pause":
        if (this.#training) await this.#endTraining();
        return;
      case "field":
        await this.#field(message);
        return;
      case "look": {
        const looks = await this.#prepared("looking", () => this.#session.look(message.states, message.sigmas));
        this.post({ type: "looks", run: this.#run, image: message.image, looks });
        return;
      }
      case "measure":
        this.#measure(message.lanes);
        return;
      case "give":
        this.#given = message;
        return;
      case "save": {
        const bytes = await this.#session.save();
        this.post({ type: "saved", run: this.#run, bytes }, [bytes.buffer]);
      }
    }
  }

  /** @param {Extract<ToWorker, { type: "open" }>} message */
  async #open(message) {
    this.#choice = new Choice(message, this.post);
    try {
      this.#backend = await this.#choice.open();
    } catch (error) {
      this.post({ type: "fatal", code: "panic", message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** @param {Configure} message */
  #configure(message) {
    this.#run = message.run;
    this.#accepted = false;
    const before = this.#configured;
    const same = before !== null && before.settings.data === message.settings.data;
    const { points = same ? before.points : undefined, images = same ? before.images : undefined } = message;
    const fresh = this.#session.configure(message.settings, message.points, message.images, message.fresh ?? false);
    this.#configured = { ...message, points, images };
    this.#accepted = true;
    this.#floor = null;
    this.#measuring = [];
    this.#dropFilms();
    if (fresh) this.#training = null;
    else if (this.#training && this.#training.until < message.settings.budget)
      this.#training.until = message.settings.budget;
    if (fresh || !before) this.#tellData();
    this.#tellModel();
  }

  #tellData() {
    const session = this.#session;
    const { dimension, total } = session;
    const points = session.points(dimension === 2 ? SHOWN.points : SHOWN.images);
    const name = this.#configured?.settings.data ?? "";
    const count = points.length / dimension;
    this.post({ type: "data", run: this.#run, name, dimension, total, count, points }, [points.buffer]);
  }

  #tellModel() {
    const { parameters, step, headTrained, headCost, classes } = this.#session;
    this.post({ type: "model", run: this.#run, parameters, step, headTrained, headCost, classes });
  }

  // ---- work between messages ---------------------------------------------------------------------------------------

  /** One slice of whatever there is to do; false when there is nothing. */
  async #work() {
    const films = this.#films.length > 0;
    const training = this.#training !== null;
    if (training) await this.#prepared("training", () => this.#trainSlice());
    if (films) await this.#prepared("sampling", () => this.#filmStretch());
    const measuring = !films && !training && this.#measuring.length > 0;
    if (measuring) await this.#prepared("measuring", () => this.#measureOn());
    return films || training || measuring;
  }

  /**
   * A GPU compiles its programs at first use, which takes seconds: says so meanwhile.
   * @template T
   * @param {string} what
   * @param {() => Promise<T>} work
   */
  async #prepared(what, work) {
    const settings = this.#configured?.settings;
    const key = `${what} ${settings && ofImages(settings) ? "images" : "points"} ${what === "training" && settings ? asked(settings) : ""}`;
    const first = this.#backend === "webgpu" && !this.#warm.has(key);
    if (!first) return work();
    this.post({ type: "progress", text: `Preparing the GPU for ${what}`, fraction: null });
    const found = await work();
    this.#warm.add(key);
    this.post({ type: "progress", text: "Ready", fraction: 1 });
    return found;
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
    this.post({ type: "measured", run: this.#run, lane, measured });
    if (measured.quality) this.#measure(rest);
  }

  #dropFilms() {
    for (const { film } of this.#films.splice(0)) film.free();
  }

  #film() {
    this.#dropFilms();
    this.#pass += 1;
    this.#session.give(this.#given.pixels, this.#given.mask);
    const lanes = this.#configured?.settings.lanes ?? [];
    this.#films = lanes.map((_, lane) => ({ lane, film: this.#session.lane(lane) }));
  }

  async #filmStretch() {
    const { lane, film } = this.#films[0];
    const size = film.points * film.dimension;
    // About a tenth of a second of the CPU, or one read of a busy GPU.
    const shown = this.#backend === "cpu" ? Math.max(1, Math.round(8000 / size)) : 16;
    const stretch = await film.advance(shown);
    const { states: frames, denoised, sigmas, steps: step, distances: distance } = stretch;
    const { points, dimension, total, done } = film;
    if (done) this.#floor ??= this.#session.floor();
    const { first, evaluations, cost, sliced } = stretch;
    stretch.free();
    this.post(
      {
        type: "frames",
        run: this.#run,
        lane,
        pass: this.#pass,
        points,
        dimension,
        first,
        count: sigmas.length,
        total,
        frames,
        denoised,
        sigmas,
        step,
        distance,
        evaluations,
        cost,
        done,
        sliced: sliced ?? null,
        floor: done && Number.isFinite(this.#floor) ? this.#floor : null,
      },
      [frames.buffer, denoised.buffer, sigmas.buffer, step.buffer, distance.buffer],
    );
    if (done) {
      film.free();
      this.#films.shift();
    }
  }

  // ---- training ----------------------------------------------------------------------------------------------------

  /** @param {number | undefined} steps */
  async #train(steps) {
    const settings = this.#configured?.settings;
    if (!settings || !this.#choice) return;
    this.#measure([]);
    await this.#chooseEngine();
    const step = this.#session.step;
    const until = steps === undefined ? Math.max(settings.budget, step) : step + steps;
    this.#training = { until, slice: 1, filmed: performance.now(), saved: performance.now(), speed: 0 };
    if (until === step) await this.#endTraining();
  }

  /** Moves the run to the faster engine, once for every kind of run. */
  async #chooseEngine() {
    const configured = this.#configured;
    const choice = this.#choice;
    if (!configured || !choice) return;
    const { settings, points, images } = configured;
    const key = `${ofImages(settings) ? `images ${settings.width}` : settings.width} ${settings.batch} ${asked(settings)}`;
    const give = (/** @type {Session} */ session) => session.configure(settings, points, images, true);
    const kept = await this.#session.save();
    let touched = false;
    if (choice.undecided(key)) {
      this.#dropFilms();
      await choice.compare(key, give);
      touched = true;
    }
    const decided = choice.decided(key);
    const backend = decided?.backend ?? this.#backend;
    if (!touched && backend === this.#backend) return;
    this.#backend = backend;
    give(this.#session);
    // The comparison trained throw-away networks: the run goes on from where it was.
    this.#session.load(kept);
    if (decided) choice.opened(decided.backend, decided.reason);
    this.#tellModel();
  }

  async #trainSlice() {
    const training = this.#training;
    if (!training) return;
    const session = this.#session;
    const start = performance.now();
    const steps = Math.max(1, Math.min(training.slice, training.until - session.step));
    const report = await session.train(steps);
    const took = performance.now() - start;
    const { step, noise: noiseLoss, turn: turnLoss } = report;
    report.free();
    training.slice = Math.max(1, Math.min(200, Math.round((steps * SLICE[this.#backend]) / Math.max(took, 1))));
    const speed = (1000 * steps) / took;
    training.speed = training.speed === 0 ? speed : 0.9 * training.speed + 0.1 * speed;
    const running = step < training.until;
    const secondsLeft = running ? (training.until - step) / training.speed : null;
    this.post(
      {
        type: "training",
        run: this.#run,
        running,
        step,
        budget: training.until,
        noiseLoss,
        turnLoss,
        stepsPerSecond: training.speed,
        secondsLeft,
      },
      [noiseLoss.buffer, turnLoss.buffer],
    );
    if (!running) await this.#finishTraining();
    else await this.#refresh(training);
  }

  /** @param {{ filmed: number, saved: number }} training */
  async #refresh(training) {
    const now = performance.now();
    if (now - training.filmed > REFRESH && this.#films.length === 0) {
      training.filmed = now;
      this.#film();
    }
    if (now - training.saved > CHECKPOINT) {
      training.saved = now;
      await this.#checkpoint();
    }
  }

  async #checkpoint() {
    const bytes = await this.#session.save();
    this.post({ type: "checkpoint", run: this.#run, step: this.#session.step, bytes }, [bytes.buffer]);
  }

  async #finishTraining() {
    this.#training = null;
    await this.#checkpoint();
    this.#tellModel();
    this.#film();
  }

  /** Stops where it is, and says so. */
  async #endTraining() {
    this.#tellStopped();
    await this.#checkpoint();
    this.#tellModel();
    this.#film();
  }

  #tellStopped() {
    const budget = this.#training?.until ?? 0;
    this.#training = null;
    const none = () => new Float32Array();
    const { step } = this.#session;
    this.post({
      type: "training",
      run: this.#run,
      running: false,
      step,
      budget,
      noiseLoss: none(),
      turnLoss: none(),
      stepsPerSecond: 0,
      secondsLeft: null,
    });
  }

  /** After an error: nothing goes on that could fail again. */
  #stop() {
    this.#films = [];
    this.#measuring = [];
    if (this.#training) this.#tellStopped();
  }

  /** @param {Extract<ToWorker, { type: "field" }>} message */
  async #field({ lane, sigma, columns, rows }) {
    if (this.#session.dimension !== 2) return;
    const x = new Float32Array(2 * columns * rows);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        x[2 * (row * columns + column)] = HALF * ((2 * (column + 0.5)) / columns - 1);
        x[2 * (row * columns + column) + 1] = HALF * (1 - (2 * (row + 0.5)) / rows);
      }
    }
    const arrows = await this.#session.field(lane, sigma, x);
    this.post({ type: "field", run: this.#run, lane, sigma, columns, rows, arrows }, [arrows.buffer]);
  }
}
