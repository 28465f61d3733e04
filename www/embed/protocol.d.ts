/**
 * What a post and a figure in its frame say to each other, by `postMessage`; each message has `fewsteps: 1`. The figure hears its
 * parent, and from the first message on that parent's origin alone; from other figures of its own origin it hears that they compute. The
 * element hears frames at the site's origin: its own, and of others that they compute.
 */

export type Show = "stage" | "training" | "study" | "lesson";
export type Start = "click" | "visible" | "now";

/** How the host looks; an empty string leaves it to the figure. Fonts must be installed: those of the host's pages stay there. */
export interface Look {
  theme: "light" | "dark";
  font: string;
  ink: string;
  paper: string;
}

/** Settings as the address bar has them: names and texts. */
export type Texts = Record<string, string>;

export type ToFigure =
  | ({ type: "look" } & Look)
  | { type: "play" | "pause" | "sample" }
  /** Trains so many steps, or to the end of the budget. */
  | { type: "train"; steps?: number }
  /** The engine ends as soon as the picture is complete, and the picture stays. Figures in plain frames say so to each other. */
  | { type: "sleep" }
  /** Answered by the settings as they are then. With `hash`, they become those. */
  | { type: "settings"; id: number; hash?: string }
  /** Answered by an animated picture of what is shown. */
  | { type: "poster"; id: number };

export interface Events {
  /** The figure computes, and its first picture is complete. */
  ready: { backend: string };
  /** A report of training. */
  step: { step: number; budget: number; loss: number | null };
  /** Something came to its end: `error` (0 as fresh data, 1 as noise) and `evaluations` are each lane's. */
  done:
    | { what: "training"; step: number }
    | { what: "sampling"; error: (number | null)[]; evaluations: number[] }
    | { what: "study"; findings: string[] };
  error: { message: string };
}

export type FigureEvent = { [T in keyof Events]: { type: "event"; name: T; detail: Events[T] } }[keyof Events];

export type FromFigure =
  /** It listens, and asks how the host looks. */
  | { type: "loaded" }
  | { type: "size"; height: number }
  /** It begins to compute, so that all other figures of the post go to rest. */
  | { type: "awake" }
  | FigureEvent
  | { type: "settings"; id: number; settings: Texts }
  | { type: "poster"; id: number; svg: string };
