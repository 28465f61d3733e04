/**
 * The contract between the laboratory and its worker. The worker is one of its own, so that a study neither waits for training nor
 * holds it up, and computes on the CPU engine: small networks, and distributions in double precision.
 */
import type { Outline, Update } from "../../generated/studies";
import type { Alive, Answer, Beat, EngineUrls } from "../protocol";

/** A study to run: its description in JSON, with points, images and weights where it needs them. */
export interface Description {
  description: string;
  points?: Float32Array;
  images?: Uint8Array;
  weights?: Uint8Array;
}

/** How a study ended. */
export interface Ended {
  how: "done" | "cancelled";
  milliseconds: number;
}

/** A study to run, by `workers` at most. */
export type Run = { type: "run"; id: number; engine: EngineUrls; workers: number } & Description;

/** For another worker of its kind: it computes parts of a study, as one of `helpers`. */
export type Assist = Omit<Run, "type"> & { type: "assist"; helper: number; helpers: number };

/** What the other tells of a part: that it has begun, or what it has come to; and how much of all the work it has done. */
export type FromHelper =
  | Alive
  | { type: "part"; index: number; found: Float64Array<ArrayBuffer> | undefined; done: number }
  | { type: "failed" };

export type ToStudies =
  | Beat
  | Assist
  /** Runs a study in place of what runs now. Streams events with its `id`; answered by how it ended. After a refusal with code "panic" the worker is of no more use. */
  | Run
  /** Stops what runs now. */
  | { type: "cancel" };

export type StudyEvent =
  /** How much of the engine has been fetched. */
  | { type: "engine"; fraction: number | null }
  | { type: "outline"; outline: Outline }
  | { type: "update"; update: Update };

export type FromStudies = Alive | Answer | (StudyEvent & { id: number });
