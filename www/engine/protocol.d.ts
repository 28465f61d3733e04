/**
 * The contract between the page and the engine's worker. The page never computes what the engine knows; the worker never touches the page.
 *
 * A request carries an `id`, and its answer or its refusal carries it back. A command wants no answer. Everything else the worker says
 * by itself is an event. What belongs to a run carries the run's number: the worker takes nothing for an older run than the current
 * one, and the page drops what comes from one. Arrays go to the worker as copies and come back transferred.
 */

import type { Looks, Measured } from "../generated/session";
import type { DataSet as DataEntry, Settings } from "../generated/settings";

export type Backend = "cpu" | "webgpu";

/** Where one engine build lies, as absolute URLs. Where the page is a single file, the wasm comes with it and the script is part of the worker. */
export interface EngineUrls {
  script: string;
  wasm: string | Blob;
}

/** What a data set consists of: points in the plane, or square images. */
export type DataKind = DataEntry["kind"];

/** The network that the lanes run on. */
export interface Model {
  parameters: number;
  step: number;
  /** Whether the second head has learned the turn. */
  turnTrained: boolean;
  /** What velocity and turn cost together, in evaluations of the velocity (>= 1). */
  turnCost: number;
  /** Whether there is a flow map. */
  mapTrained: boolean;
  /** What one of its steps costs, in evaluations of the velocity. */
  mapCost: number;
  /** Number of classes that it can be conditioned on; 0: none. */
  classes: number;
}

/** The data set as the network sees it (standardised): the first `count` of its `total` points, [count, dimension]. */
export interface DataSet {
  dimension: number;
  total: number;
  count: number;
  points: Float32Array;
}

/** A network in training. */
export interface Saved {
  /** Its averaged weights (safetensors). */
  bytes: Uint8Array;
  /** What training needs besides them to go on as if it had never stopped, bit for bit on the CPU; about three times as large. */
  state: Uint8Array;
}

/** A network to go on from; without `state` training begins anew with Adam's averages at zero. */
export type Weights = Pick<Saved, "bytes"> & Partial<Saved>;

/** What the page asks of a run, and what it is answered. A refusal has the engine's own code and sentence. */
export interface Requests {
  /**
   * Makes `settings` the current ones, with data of that `kind`, and `run` the current run. `points` is needed when `settings.data` is
   * "drawn" or "uploaded" ([n, 2] row-major, any scale), with `labels` where they have classes (one each, from 0), `images` when it is "digits" (the unpacked file of digits, see
   * www/store/data/digits.js) or "images" (784 bytes each, 0 dark and 255 light).
   * They are sent once, and again when they changed; without them the ones from before stay. Rebuilds only what changed: training
   * that is under way goes on, under the new run's number, unless a setting marked `restart` changed or `fresh` is set.
   * `weights` take the place of the network's, and training waits to go on from them; where they can't be read, the network is one that
   * has learned nothing, and `unread` says why. Answered by the network, and by the data where they are new. Where it is refused,
   * everything is as it was, but nothing is sampled.
   */
  configure: {
    ask: {
      settings: Settings;
      kind: DataKind;
      points?: Float32Array;
      labels?: Uint8Array;
      images?: Uint8Array;
      fresh: boolean;
      weights?: Weights;
    };
    answer: { model: Model; data: DataSet | null; unread: { code: string; message: string } | null };
  };
  /** The least loss of the velocity that any network can reach on the data, by the current settings; null where it isn't known. */
  lossFloor: { ask: object; answer: number | null };
  /** Replaces the network's weights (safetensors). With `begin`, they begin a run: its steps count from zero. */
  weights: { ask: { bytes: Uint8Array; begin: boolean }; answer: Model };
  /** What a file of weights says that it was trained on. */
  describe: { ask: { bytes: Uint8Array }; answer: { data: string } };
  /**
   * Velocity of a lane at noise level `sigma` on a `columns` x `rows` grid over the square from -3 to 3 of the VP state (2-D only), at
   * the cells' middles, rows from the top down. Answered by the displacement for one unit of -ln sigma, [rows * columns, 2]; null where
   * states are no points. With `turns`, how that displacement changes in another such unit because the velocity turns.
   */
  field: {
    ask: { lane: number; sigma: number; columns: number; rows: number; turns: boolean };
    answer: Float32Array | null;
  };
  /**
   * The forward process at the noise levels `sigmas`: VP states of the first `count` points of the data, fewer where there are fewer, each
   * with one noise at all levels. Answered by [sigmas, count, dimension].
   */
  forward: { ask: { sigmas: Float32Array; count: number }; answer: Float32Array };
  /** Classifies digits and finds the nearest training images: VP states [n, 784], each at the noise level of its place in `sigmas`. */
  inspect: { ask: { states: Float32Array; sigmas: Float64Array }; answer: Looks };
}

export type Request =
  | { [T in keyof Requests]: { type: T; id: number; run: number } & Requests[T]["ask"] }[keyof Requests]
  /** The weights as they are now, whatever run they belong to. Answered by `Saved`. */
  | { type: "save"; id: number };

/** First message, once. `device` is the visitor's wish; `auto` lets the worker measure and choose. Followed by `opened` or `fatal`. */
export interface Open {
  type: "open";
  device: "auto" | Backend;
  engines: { cpu: EngineUrls; webgpu: EngineUrls | null };
  /** Most workers that share training and sampling on the CPU, the engine's own among them. */
  workers: number;
  /** Why not WebGPU, as the end of a sentence, where the page decided so. */
  avoided?: string;
}

/** What the page wants of a run without an answer. */
export type RunCommand =
  /** Trains on: `steps` more steps, or until the budget is used up when absent. Streams `training`. */
  | { type: "train"; steps?: number }
  /** Stops training after the step in progress, which the last `training` says. */
  | { type: "pause" }
  /** Samples every lane again with the current settings, from the settings' seed. Streams `frames`. */
  | { type: "sample" }
  /** Ends the sampling under way; what is complete stays. */
  | { type: "stopSampling" }
  /** Inpainting, from the next `sample` on: lanes of digits hold 784 pixels (0 paper, 255 ink) where `mask` is not zero; both empty: none. */
  | { type: "knownPixels"; pixels: Uint8Array; mask: Uint8Array }
  /**
   * Measures how far the samples of `lanes` are from real digits, one lane after the other, in place of what is being measured; no
   * lanes: stops. Other work comes first; a `configure` or a `train` ends it. Streams `measured`.
   */
  | { type: "measure"; lanes: number[] };

/** What the worker tells itself: training went wrong, and the network is back where it had not. */
export type Restored = { type: "restored"; run: number };

/** Asks for a sign of life. Answered at once by `alive`, unless a call into the engine does not end. */
export type Beat = { type: "beat" };

export type ToWorker = Request | Open | Restored | (RunCommand & { run: number });

/** What the worker says of a run. */
export type RunEvent =
  /** The network changed by itself: training ended, or another engine took over. */
  | { type: "model"; model: Model }
  /**
   * Losses of the steps since the last report: mean squared error per dimension of the noise, of the turn (empty when it is not learned)
   * and of the flow map, whose steps come after those of the velocity. `trajectories`, in [0, 1], is how much of what the map learns
   * from is there; null when none is being made.
   */
  | {
      type: "training";
      running: boolean;
      step: number;
      budget: number;
      noiseLoss: Float32Array;
      turnLoss: Float32Array;
      mapLoss: Float32Array;
      trajectories: number | null;
      stepsPerSecond: number;
      secondsLeft: number | null;
    }
  | ({ type: "frames" } & Frames)
  /** How the measurement of a lane gets on. */
  | { type: "measured"; lane: number; measured: Measured }
  /** Weights for the page to hold while training, every few seconds, so that a dead worker costs no more; and when training stops. */
  | ({ type: "checkpoint"; step: number } & Saved)
  /** What was going on failed, with a sentence for the visitor; the worker goes on. */
  | { type: "error"; code: string; message: string };

/**
 * Part of one lane's reverse process: `count` of its `total` states, from the one at `first` on, each [points, dimension] (VP states: noise
 * has unit scale). All lanes of one sampling have the same `pass`.
 */
export interface Frames {
  lane: number;
  pass: number;
  points: number;
  dimension: number;
  first: number;
  count: number;
  total: number;
  frames: Float32Array;
  /** For images, the clean ones expected at the start of each shown step of this part. */
  denoised: Float32Array;
  /** The noise level of each state. */
  sigmas: Float32Array;
  /** In [0, steps], the (fractional) sampler step of each state; those between whole steps are the sampler's own curve. */
  step: Float32Array;
  /**
   * How far the points are from held-out data at whole steps, NaN between: 0 as fresh data, 1 as pure noise; and the standard error of
   * that. [count, 2]
   */
  errors: Float32Array;
  /** The class that each point is conditioned on, with a lane's first part; empty where they are not. */
  classes: Uint8Array;
  /** Spent up to the last state. */
  evaluations: number;
  /** The same in evaluations of the velocity alone. */
  cost: number;
  done: boolean;
}

/** What the worker says of itself. */
export type EngineEvent =
  /** Something that takes time: downloading, compiling, preparing the GPU. A fraction in [0, 1], or null. */
  | { type: "progress"; text: string; fraction: number | null }
  /** The engine is ready, or has moved to a faster device. `reason` is a sentence for the badge: what computes, and why. `adapter` names the GPU. */
  | { type: "opened"; backend: Backend; adapter: string | null; reason: string }
  /**
   * The engine can't go on: it panicked, lost its device, found that the device computes wrongly, or its files are not where this page
   * looks. The page starts a fresh worker from the last checkpoint, on the CPU where the device was wrong; not where files are missing.
   */
  | { type: "fatal"; code: "panic" | "device_lost" | "wrong" | "outdated"; message: string };

export type Answer =
  | { type: "answer"; id: number; value: unknown }
  | { type: "refusal"; id: number; code: string; message: string };

export type Alive = { type: "alive" };

export type FromWorker = Alive | Answer | EngineEvent | (RunEvent & { run: number });
