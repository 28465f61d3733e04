/** `<few-steps>`: a figure of the playground, in a frame of its site. */

import type { Events, Texts } from "./protocol";

export type { Events, Texts };

/** Attributes: `show`, `study`, `lesson`, `start`, `controls`, `theme`, `poster`, `src`, `title`; all others are settings, as in the address bar. */
export class FewSteps extends HTMLElement {
  /** Where the site lies, unless the attribute `src` says so. */
  static site: string;
  /** Puts the live figure in place of the poster. */
  start(): void;
  /** Plays the reverse process. */
  play(): void;
  /** Stops the picture and training. */
  pause(): void;
  /** Trains so many steps; without a number, to the end of the budget. */
  train(steps?: number): void;
  /** Samples again, with the seed of the settings. */
  sample(): void;
  /** Ends the engine; the picture stays. */
  sleep(): void;
  /** The settings; with `change`, after it. */
  settings(change?: Record<string, string | number | boolean>): Promise<Texts>;
  /** What is shown as an animated picture in SVG, for the attribute `poster`. */
  poster(): Promise<string>;
  addEventListener<T extends keyof Events>(type: T, listener: (event: CustomEvent<Events[T]>) => unknown): void;
  addEventListener(...rest: Parameters<HTMLElement["addEventListener"]>): void;
}

/** Makes `<few-steps>` known, once. `site` is where the folder `site` of this package is served. */
export function define(site: string): void;

declare global {
  interface HTMLElementTagNameMap {
    "few-steps": FewSteps;
  }
}
