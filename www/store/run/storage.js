/** The last run, stored by the browser beyond a reload. Where it stores nothing, as in some private windows, the page does without. */
import { createStore, del, get, set } from "idb-keyval";
import { site } from "../site.js";

/** The layout of what is stored; another one is not understood. */
const VERSION = 1;
const KEY = "last";

const runs = createStore("fewsteps", "runs");

/** @param {{ checkpoints: unknown[] }} snapshot */
export async function storeLast(snapshot) {
  if (site.embedded) return;
  const stored = { ...snapshot, checkpoints: snapshot.checkpoints.slice(-1), version: VERSION, time: Date.now() };
  await unlessRefused(() => set(KEY, stored, runs));
}

/** @returns {Promise<unknown>} what was stored, and the `time` of it; null where there is nothing */
export async function readLast() {
  const found = await unlessRefused(() => get(KEY, runs));
  return found?.version === VERSION ? found : null;
}

export const forgetLast = () => unlessRefused(() => del(KEY, runs));

/** @template T @param {() => Promise<T>} use @returns {Promise<T | undefined>} nothing where the browser stores nothing */
async function unlessRefused(use) {
  try {
    return await use();
  } catch {
    return undefined;
  }
}
