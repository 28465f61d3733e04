/**
 * The contract between the page and the worker. The page never computes what the engine knows; the worker never
 * touches the page. Every message that belongs to a run carries the run's number; the page drops what is not current.
 * Arrays are transferred, not copied.
 */

import type { Looks, Measured } from "./mirror";
import type { Settings } from "../generated/settings";

export type Backend = "cpu" | "webgpu";

/** Where one engine build lies, as absolute URLs. */
export interface EngineUrls {
  script: string;
  wasm: string;
}

export type ToWorker =
  /** First message, once. `device` is the visitor's wish; `auto` lets the worker measure and choose. */
  | {
      type: "open";
      device: "auto" | Backend;
      engines: {
        cpu: EngineUrls;
        webgpu: EngineUrls | null;
      } /** Why not WebGPU, as the end of a sentence, where the page decided so. */;
      avoided?: string;
    }
  /**
   * Makes `settings` the current ones and `run` the current run. `points` is needed when `settings.data` is
   * "drawn" or "uploaded" ([n, 2] row-major, any scale), `images` when it is "digits" (the unpacked file of digits, see www/state/digits.js)
   * or "images" (784 bytes each, 0 dark and 255 light).
   * They are sent once, and again when they changed; without them the ones given before stay. Training that is under way goes
   * on, under the new run's number, unless a setting marked `restart` changed or `fresh` is set.
   * Rebuilds only what changed: the data set, the network (when a setting marked `restart` changed, or `fresh`).
   */
  | { type: "configure"; run: number; settings: Settings; points?: Float32Array; images?: Uint8Array; fresh?: boolean }
  /** Replaces the network's weights (safetensors). With `begin`, they begin a run: its steps count from zero. Answered by `model`. */
  | { type: "weights"; run: number; bytes: Uint8Array; begin?: boolean }
  /** Trains on: `steps` more steps, or until the budget is used up when absent. Streams `training`. */
  | { type: "train"; run: number; steps?: number }
  /** Stops training after the step in progress. Answered by a `training` with `running: false`. */
  | { type: "pause"; run: number }
  /** Samples every lane again with the current settings, from the settings' seed. Streams `frames`. */
  | { type: "sample"; run: number }
  /** Lanes of digits finish a drawing from the next `sample` on: 784 pixels (0 paper, 255 ink) are kept where `mask` is not zero; both empty: they are free. */
  | { type: "give"; run: number; pixels: Uint8Array; mask: Uint8Array }
  /** Velocity of lane `lane` at noise level `sigma` on a `columns` x `rows` grid over the square from -3 to 3 of the VP state (2-D only): at the cells' middles, rows from the top down. */
  | { type: "field"; run: number; lane: number; sigma: number; columns: number; rows: number }
  /** Looks closely at digits: VP states [n, 784], each at the noise level of its place in `sigmas`. `image` comes back with the answer. Answered by `looks`. */
  | { type: "look"; run: number; image: number; states: Float32Array; sigmas: Float64Array }
  /** Measures how far the samples of `lanes` are from real digits, one lane after the other, in place of what is being measured; no lanes: stops. Other work comes first; a `configure` or a `train` ends it. Streams `measured`. */
  | { type: "measure"; run: number; lanes: number[] }
  /** The current weights as safetensors. Answered by `saved`. */
  | { type: "save"; run: number };

export type FromWorker =
  /** Something that takes time: downloading, compiling, preparing the GPU. `done / total` in [0, 1], or null. */
  | { type: "progress"; text: string; fraction: number | null }
  /** The engine is ready. `reason` is a sentence for the badge: what computes, and why. `adapter` names the GPU. */
  | { type: "opened"; backend: Backend; adapter: string | null; reason: string }
  /** The data set as the network sees it (standardised). `points`: [count, dimension], first `count` <= 4000 of it. */
  | { type: "data"; run: number; name: string; dimension: number; total: number; count: number; points: Float32Array }
  /** The network: after configure, weights or a restart. `origin`: "fresh", "shipped" or "trained". `headTrained`: whether the acceleration head has seen training. `headCost`: cost of velocity and acceleration together, in velocity evaluations (>= 1). `classes`: how many it can be asked for. */
  | {
      type: "model";
      run: number;
      parameters: number;
      step: number;
      headTrained: boolean;
      headCost: number;
      classes: number;
    }
  /** Losses of the steps since the last report: mean squared error per dimension of the noise, and of the turn (empty when the objective is "simple"). */
  | {
      type: "training";
      run: number;
      running: boolean;
      step: number;
      budget: number;
      noiseLoss: Float32Array;
      turnLoss: Float32Array;
      stepsPerSecond: number;
      secondsLeft: number | null;
    }
  /**
   * Part of one lane's reverse process. `frames` holds `count` states [points, dimension] (VP state: noise has unit scale),
   * `sigmas[i]` the noise level of each, `step[i]` in [0, steps] the (fractional) sampler step it belongs to; frames between whole steps are
   * the sampler's own curve. `first` is the index of the first one among `total`. `distance[i]` is the energy distance to held-out
   * data at whole steps, NaN between. `denoised` holds, for images, the clean ones expected at the start of each shown step of this part. `evaluations` and `cost` (in velocity evaluations) are those spent up to the last frame.
   */
  | {
      type: "frames";
      run: number;
      lane: number;
      pass: number;
      points: number;
      dimension: number;
      first: number;
      count: number;
      total: number;
      frames: Float32Array;
      denoised: Float32Array;
      sigmas: Float32Array;
      step: Float32Array;
      distance: Float32Array;
      evaluations: number;
      cost: number;
      done: boolean;
      sliced: number | null;
      floor: number | null;
    }
  /** Arrows of the probability-flow ODE in the VP state's coordinates: [rows * columns, 2] displacement for one unit of -ln sigma. */
  | { type: "field"; run: number; lane: number; sigma: number; columns: number; rows: number; arrows: Float32Array }
  | { type: "looks"; run: number; image: number; looks: Looks }
  /** How the measurement of a lane gets on. */
  | { type: "measured"; run: number; lane: number; measured: Measured }
  | { type: "saved"; run: number; bytes: Uint8Array }
  /** A sentence for the visitor; the worker goes on. */
  | { type: "error"; run: number; code: string; message: string }
  /** The engine can't go on (panic, lost device). The page starts a fresh worker from the last checkpoint. */
  | { type: "fatal"; code: "panic" | "device_lost"; message: string }
  /** Weights kept by the page while training, so that a dead worker costs seconds (every 5 s or so), and when training stops. */
  | { type: "checkpoint"; run: number; step: number; bytes: Uint8Array };

/** An entry of a list in the table of settings (generated from the engine). */
export interface Choice {
  value: string;
  label: string;
  help: string;
}
