/** What the page and its service worker say to each other; the worker's messages have `fewsteps: 1`. */

export type ToOffline =
  /** The release that waits takes the place of the one before. */
  { type: "take over" };

export type FromOffline =
  /** How much of the release has been stored, in [0, 1]. */
  | { type: "storing"; share: number }
  /** The release can't be stored: a clause. */
  | { type: "refused"; why: string };

declare global {
  /** The release, which the build puts in (www/build/offline.mjs). */
  const RELEASE: { version: string; files: [name: string, sum: string, bytes: number][] };
}
