/** Files that are not where this page looks for them: most often a newer version of it was put there since it was opened. */
import { say } from "./notices.js";

/** What the server sent is no file of this page's. */
export class Outdated extends Error {}

export const reload = { label: "Reload", run: () => location.reload() };

/** @param {string} what could not be fetched, as the beginning of a sentence */
export function sayOutdated(what) {
  say(`${what} no longer where this page looks: a newer version is out. Reload; your last run is kept.`, {
    key: "outdated",
    action: reload,
  });
}

/**
 * A part of the page that is fetched when it is first needed; null where it can't be, which is said.
 * @template T
 * @param {() => Promise<T>} load @param {string} what it is, as the beginning of a sentence
 * @returns {Promise<T | null>}
 */
export async function part(load, what) {
  try {
    return await load();
  } catch {
    say(
      `${what} could not be fetched: the connection is gone, or a newer version of this page is out. Reload; your last run is kept.`,
      { key: "outdated", action: reload },
    );
    return null;
  }
}
