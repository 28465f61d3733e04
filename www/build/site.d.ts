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
  /** Whether Trunk's development server shows it: without what nobody waits for who only changes the page. */
  served?: boolean;
}

export interface Engine {
  script: string;
  wasm: string;
}

export interface Engines {
  cpu: Engine;
  /** The CPU engine with the studies; in a release apart from the one without, which visitors fetch first. */
  laboratory: Engine;
  webgpu: Engine | null;
}

/** What a document loads before anyone acts. */
export interface Entry {
  script: string;
  /** What the script imports before it runs. */
  imports: string[];
  styles: string[];
}

export interface Page {
  /** Of index.html. */
  page: Entry;
  /** Of figure.html, which posts embed. */
  figure: Entry;
  worker: string;
  /** The laboratory's worker. */
  studies: string;
  /** Names of others' packages in them. */
  packages: string[];
  /** All scripts and styles, those of lazy parts too. */
  files: string[];
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

/** A file, and its size in bytes. */
export interface Sized {
  url: string;
  bytes: number;
}

/** What there is only where a host serves the page. */
export interface Hosted {
  /** The script that defines `<few-steps>`. */
  embed: string;
  /** The document of a figure in a frame. */
  figure: string;
  /** The page as one file. */
  single: Sized | null;
  /** The service worker, and how much it stores. */
  offline: Sized | null;
}

/** The JSON in `<script id="build">` that the page reads. */
export interface Build {
  /** The crate's version and which build of it this is. */
  version: string;
  /** BibTeX. */
  citation: string;
  /** Licences of what others wrote. */
  licences: string;
  worker: string;
  studies: string;
  engines: Engines;
  weights: Record<string, string>;
  digits: Digits;
  recorded: string | null;
  hosted: Hosted | null;
}
