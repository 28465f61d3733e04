/** What the build's parts hand each other. Every file is named relative to the site's root. */

export interface Place {
  /** The repository. */
  root: string;
  /** Cargo's target folder; results worth keeping between builds lie in it. */
  target: string;
}

export interface Site extends Place {
  /** Where Trunk collects the site before it becomes `dist`. */
  staging: string;
  release: boolean;
}

export interface Engine {
  script: string;
  wasm: string;
}

export interface Engines {
  cpu: Engine;
  webgpu: Engine | null;
}

export interface Page {
  script: string;
  styles: string[];
  worker: string;
  /** The laboratory's worker. */
  studies: string;
  /** The scripts that load before anyone acts: the entry, what it imports statically, the worker. */
  first: string[];
}

export interface Digits {
  url: string;
  /** Images to train on. */
  count: number;
  /** Images after them, for the metrics. */
  heldOut: number;
}

export interface Assets {
  weights: Record<string, string>;
  recorded: string | null;
}

/** The JSON in `<script id="build">` that the page reads. */
export interface Build {
  worker: string;
  studies: string;
  engines: Engines;
  weights: Record<string, string>;
  digits: Digits;
  recorded: string | null;
}
