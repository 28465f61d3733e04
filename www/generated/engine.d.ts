/* tslint:disable */
/* eslint-disable */
import type { Outline, Update } from "./studies";

import type { Settings } from "./settings";
import type { Looks, Measured } from "./payloads";


/**
 * Some frames of a lane; see [`session::Frames`].
 */
export class Frames {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Their cost in evaluations of the velocity.
     */
    readonly cost: number;
    /**
     * Clean images expected at the start of each shown step `[shown steps, points, dimension]`; empty for points.
     */
    readonly denoised: Float32Array<ArrayBuffer>;
    /**
     * Energy distance at whole steps, NaN between.
     */
    readonly distances: Float32Array<ArrayBuffer>;
    /**
     * Evaluations spent.
     */
    readonly evaluations: number;
    /**
     * Index of the first frame.
     */
    readonly first: number;
    /**
     * Noise level of each frame.
     */
    readonly sigmas: Float32Array<ArrayBuffer>;
    /**
     * Sliced Wasserstein distance of the outcome, at the end.
     */
    readonly sliced: number | undefined;
    /**
     * VP states `[frames, points, dimension]`.
     */
    readonly states: Float32Array<ArrayBuffer>;
    /**
     * Sampler step of each frame.
     */
    readonly steps: Float32Array<ArrayBuffer>;
}

/**
 * A lane's reverse process under way; see [`session::LaneRun`].
 */
export class LaneRun {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The next frames: the start, then those of a few steps at a time.
     */
    advance(): Promise<Frames>;
    /**
     * Number of coordinates.
     */
    readonly dimension: number;
    /**
     * Whether the process is over.
     */
    readonly done: boolean;
    /**
     * Number of points.
     */
    readonly points: number;
    /**
     * Frames of the whole process.
     */
    readonly total: number;
}

/**
 * Losses of the steps of one call.
 */
export class Report {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * How long the steps took.
     */
    milliseconds: number;
    /**
     * Noise loss of each step.
     */
    noise: Float32Array;
    /**
     * Steps taken since the network was new.
     */
    step: number;
    /**
     * Turn loss of each step that trained it.
     */
    turn: Float32Array;
}

/**
 * One visitor's run; see [`session::Session`]. Methods throw an `Error` with a `code`.
 */
export class Session {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * The same, as the beginning of a run; see [`session::Session::begin_with`].
     */
    begin(bytes: Uint8Array): void;
    /**
     * Makes `settings` the current ones; returns whether data and network are new. `points` `[n, 2]` are the visitor's own, `images`
     * the file of digits or the visitor's own, a byte a pixel.
     */
    configure(settings: Settings, points: Float32Array | null | undefined, images: Uint8Array | null | undefined, fresh: boolean): boolean;
    /**
     * Displacements along the path for one unit of `-ln sigma`, at VP states `x` `[n, 2]`.
     */
    field(lane: number, sigma: number, x: Float32Array): Promise<Float32Array<ArrayBuffer>>;
    /**
     * Distance of as many fresh data points as a lane has to the held-out ones: what a perfect model would score; not a number where
     * nothing is held out.
     */
    floor(): number;
    /**
     * Begins a lane's reverse process.
     */
    lane(index: number): LaneRun;
    /**
     * Replaces the network's weights by those in a safetensors file.
     */
    load(bytes: Uint8Array): void;
    /**
     * Looks closely at VP states `[n, 784]` at noise levels `sigmas` `[n]`.
     */
    look(states: Float32Array, sigmas: Float64Array): Promise<Looks>;
    /**
     * Begins to measure a lane; see [`crate::session::Session::measure`].
     */
    measure(lane: number): void;
    /**
     * Goes on measuring for a moment.
     */
    measured(): Promise<Measured>;
    /**
     * A session on this engine's device.
     */
    static open(): Promise<Session>;
    /**
     * The first `count` training points, row-major, standardised.
     */
    points(count: number): Float32Array<ArrayBuffer>;
    /**
     * The network's weights as a safetensors file.
     */
    save(): Promise<Uint8Array<ArrayBuffer>>;
    /**
     * Lets lanes of digits finish a drawing; see [`session::Session::set_known_pixels`].
     */
    setKnownPixels(pixels: Uint8Array, mask: Uint8Array): void;
    /**
     * Forgets what is being measured.
     */
    stopMeasuring(): void;
    /**
     * Trains a slice of a steady length, to step `until` at most.
     */
    trainSlice(until: number): Promise<Report>;
    /**
     * Trains `steps` steps.
     */
    train(steps: number): Promise<Report>;
    /**
     * Classes that the network can be asked for; none if zero.
     */
    readonly classes: number;
    /**
     * Number of coordinates of a point.
     */
    readonly dimension: number;
    /**
     * Number of the network's weights.
     */
    readonly parameters: number;
    /**
     * Steps taken.
     */
    readonly step: number;
    /**
     * Number of training points.
     */
    readonly total: number;
    /**
     * Cost of velocity and turn together, in evaluations of the velocity.
     */
    readonly turnCost: number;
    /**
     * Whether the turn has been trained at all.
     */
    readonly turnTrained: boolean;
}

/**
 * A study under way; see [`crate::studies`].
 */
export class Study {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * Goes on for about `milliseconds`; returns what was found, or nothing after the end.
     */
    advance(milliseconds: number): Promise<Update | undefined>;
    /**
     * Begins what `description` (JSON) describes. `points` `[n, 2]` are the visitor's own, `images` the file of digits, `weights` the
     * network's as safetensors: what the description needs of them.
     */
    static begin(description: string, points?: Float32Array | null, images?: Uint8Array | null, weights?: Uint8Array | null): Promise<Study>;
    /**
     * What it will show.
     */
    outline(): Outline;
}

/**
 * A network of a known size, in training.
 */
export class Workload {
    private constructor();
    free(): void;
    [Symbol.dispose](): void;
    /**
     * "w1": batch 1024, hidden layers of 256; "w2": batch 256, of 128. Both: 2 + 64 inputs, three hidden layers, Adam, the simple
     * objective. "digits_simple" and "digits_accelerated": the playground's own network and settings for digits, at batch 64.
     * "digits_mixer": the network that was compared with it, simple objective.
     */
    static create(name: string): Promise<Workload>;
    /**
     * Draws `count` images by DDIM within `evaluations` network evaluations and waits for them; returns their mean square.
     */
    sample(count: number, evaluations: number): Promise<number>;
    /**
     * Takes `count` steps and waits for them; returns the last loss.
     */
    steps(count: number): Promise<number>;
}

/**
 * Calls `callback` with a reason when the GPU device is lost; a CPU never is. To be set before the first session is opened.
 */
export function onDeviceLost(callback: (reason: string) => void): void;

/**
 * Sends panics to the console with their place.
 */
export function start(): void;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path?: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
