/**
 * The contract between the laboratory's panels and its worker. The worker is one of its own, so that a study neither
 * waits for training nor holds it up, and computes on the CPU engine: small networks, and laws in double precision.
 */
import type { EngineUrls } from "../protocol";

/** As the engine outlines a study (src/lab/outline.rs). */
export interface Column {
  key: string;
  label: string;
  unit: string;
  /** What the numbers are indices into; empty for plain numbers. */
  names: string[];
  error: string | null;
  line: "measured" | "theory" | "other";
}
export interface Table {
  key: string;
  caption: string;
  columns: Column[];
  keys: number;
}
export type View =
  | {
      kind: "lines";
      title: string;
      table: string;
      x: string;
      y: string[];
      by: string | null;
      log: [boolean, boolean];
      slopes: string | null;
    }
  | { kind: "heat"; title: string; table: string; x: string; y: string; values: string[]; paths: string | null }
  | { kind: "bars"; title: string; table: string; label: string; value: string; stack: string | null }
  | { kind: "dots"; title: string; table: string; x: string; y: string; by: string | null }
  | { kind: "ranking"; title: string; table: string; rows: string[]; columns: string; value: string };
export interface Outline {
  tables: Table[];
  views: View[];
}

/** What was found since the last one. Missing numbers are NaN. */
export interface Update {
  progress: number;
  doing: string;
  rows: { table: number; values: number[] }[];
  findings: string[];
}

export type ToLab =
  /** Runs `description` (JSON), in place of what runs now. Points, images and weights where the description needs them. */
  | {
      type: "begin";
      id: number;
      description: string;
      engine: EngineUrls;
      points?: Float32Array;
      images?: Uint8Array;
      weights?: Uint8Array;
    }
  /** Stops what runs now, and forgets it. Answered by `ended`. */
  | { type: "cancel"; id: number };

export type FromLab =
  | { type: "engine"; fraction: number | null }
  | { type: "outline"; id: number; outline: Outline }
  | { type: "update"; id: number; update: Update }
  | { type: "ended"; id: number; how: "done" | "cancelled"; milliseconds: number }
  /** A sentence. After `fatal` the worker is of no more use. */
  | { type: "failed"; id: number; message: string; fatal: boolean };

/** The engine's side, as the worker uses it (src/browser/lab.rs). */
export interface Study {
  outline(): Outline;
  advance(milliseconds: number, now: () => number): Promise<Update | undefined>;
  free(): void;
}
export interface LabModule {
  default(source: { module_or_path: Response }): Promise<unknown>;
  Study: {
    begin(description: string, points?: Float32Array, images?: Uint8Array, weights?: Uint8Array): Promise<Study>;
  };
}
