/**
 * Types of what Rust hands to JavaScript as plain objects, and of the tables in www/generated. To be generated; until then every such
 * type stands here and nowhere else.
 */
import type { Lane, Settings } from "../generated/settings";

/** Images inspected (src/session/look.rs); `usual` is the mean distance of held-out images to their nearest of the `searched` training images. */
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

// ---- studies (src/studies/outline.rs) -------------------------------------------------------------------------------

export interface Outline {
  tables: Table[];
  views: View[];
}
export interface Table {
  key: string;
  caption: string;
  columns: Column[];
  keys: number;
}
export interface Column {
  key: string;
  label: string;
  unit: string;
  /** What the numbers are indices into; empty for plain numbers. */
  names: string[];
  error: string | null;
  line: "measured" | "theory" | "other";
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

/** What was found since the last one. Missing numbers are NaN. */
export interface Update {
  progress: number;
  doing: string;
  rows: { table: number; values: number[] }[];
  findings: string[];
}

// ---- www/generated/settings.json and studies.json -------------------------------------------------------------------

export interface SettingsTable {
  fields: Field[];
  samplers: SamplerEntry[];
  samplerGroups: Choice[];
  grids: Entry[];
  sources: Choice[];
  /** Defaults that differ, by data set. */
  variants: Record<string, Partial<Settings>>;
  maxLanes: number;
}
export interface Choice {
  value: string;
  label: string;
  help: string;
}
export interface Field {
  key: keyof Settings;
  kind: "choice" | "integer" | "number" | "boolean" | "digits" | "grid" | "lanes";
  default: Settings[keyof Settings];
  min?: number;
  max?: number;
  log?: boolean;
  unit?: string;
  label: string;
  help: string;
  group: string;
  /** Whether a change of it restarts training. */
  restart: boolean;
  options?: Choice[];
}
/** A sampler or a step grid. */
export interface Entry {
  value: string;
  label: string;
  help: string;
  source: string;
  parameters: Parameter[];
}
export interface SamplerEntry extends Entry {
  value: Lane["sampler"];
  group: string;
  evaluations: number;
  order: number;
  usesTurn: boolean;
  stochastic: boolean;
}
export interface Parameter {
  key: string;
  label: string;
  help: string;
  kind: "number" | "integer" | "choice" | "numbers" | "counts" | "names" | "grid";
  // biome-ignore lint/suspicious/noExplicitAny: a number, a word, a list of either or a grid, as `kind` says.
  default: any;
  min?: number;
  max?: number;
  log?: boolean;
  options?: Choice[];
  /** What the names of a list are names of. */
  of?: "samplers" | "grids";
}

export interface StudyEntry {
  value: string;
  label: string;
  question: string;
  help: string;
  source: string;
  needs: "nothing" | "target" | "model";
  parameters: Parameter[];
  presets: Preset[];
}
export interface Preset {
  label: string;
  help: string;
  /** Parameters in JSON. */
  values: string;
}
