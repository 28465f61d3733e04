/** What the engine's wasm module exports, as the worker uses it (src/browser). Methods throw an `Error` with a `code`. */
import type { Settings } from "../generated/settings";

export interface Stretch {
  readonly first: number;
  readonly states: Float32Array<ArrayBuffer>;
  readonly denoised: Float32Array<ArrayBuffer>;
  readonly sigmas: Float32Array<ArrayBuffer>;
  readonly steps: Float32Array<ArrayBuffer>;
  readonly distances: Float32Array<ArrayBuffer>;
  readonly evaluations: number;
  readonly cost: number;
  readonly sliced: number | undefined;
  free(): void;
}

export interface Film {
  readonly points: number;
  readonly dimension: number;
  readonly total: number;
  readonly done: boolean;
  advance(shown: number): Promise<Stretch>;
  free(): void;
}

export interface Report {
  readonly step: number;
  readonly noise: Float32Array<ArrayBuffer>;
  readonly turn: Float32Array<ArrayBuffer>;
  free(): void;
}

/** Images looked at closely (src/session/look.rs); `usual` is the mean distance of held-out images to their nearest of the `searched` training images. */
export interface Looks {
  searched: number;
  usual: number;
  looks: Look[];
}
/** Standardised images of 784 pixels; what the classifier reads and how sure it is; how far the nearest training image is, and what it shows. */
export interface Look {
  image: number[];
  digit: number;
  chance: number;
  nearest: number[];
  distance: number;
  label: number | null;
}

/** A measurement under way (src/session/quality.rs). */
export interface Measured {
  progress: number;
  quality: Quality | null;
}
/** Frechet distance of `samples` samples to real digits, its standard error, what as many real images score, and how far the network had been trained. */
export interface Quality {
  distance: number;
  uncertainty: number;
  floor: number;
  samples: number;
  step: number;
}

export interface Session {
  configure(
    settings: Settings,
    points: Float32Array | undefined,
    images: Uint8Array | undefined,
    fresh: boolean,
  ): boolean;
  points(count: number): Float32Array<ArrayBuffer>;
  readonly total: number;
  readonly dimension: number;
  readonly step: number;
  readonly parameters: number;
  readonly headTrained: boolean;
  readonly headCost: number;
  readonly classes: number;
  floor(): number;
  give(pixels: Uint8Array, mask: Uint8Array): void;
  train(steps: number): Promise<Report>;
  load(bytes: Uint8Array): void;
  begin(bytes: Uint8Array): void;
  save(): Promise<Uint8Array<ArrayBuffer>>;
  lane(index: number): Film;
  look(states: Float32Array, sigmas: Float64Array): Promise<Looks>;
  measure(lane: number): void;
  stopMeasuring(): void;
  measured(): Promise<Measured>;
  field(lane: number, sigma: number, x: Float32Array): Promise<Float32Array<ArrayBuffer>>;
}

export interface EngineModule {
  default(source: { module_or_path: Response }): Promise<unknown>;
  Session: { open(): Promise<Session> };
}
