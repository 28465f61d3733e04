/**
 * The last runs, stored by the browser beyond a reload: one for each tab, so that none takes another's place. Where it stores nothing, as in
 * some private windows or on a full disk, the page says so once and does without.
 */
import { createStore, delMany, entries, set } from "idb-keyval";
import { say } from "../notices.js";
import { site } from "../site.js";
import { readRun, VERSION } from "./record.js";

/** @typedef {import("./record.js").Kept} Kept */

/** Runs of other tabs that are kept besides this one's, the latest of them. */
const OTHERS = 4;
const TAB = "fewsteps-tab";

const runs = createStore("fewsteps", "runs");

/** This tab's own key, which a reload keeps; a copy of the tab gets another. @type {Promise<string>} */
const own = (async () => {
  const fresh = () => `run-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  let key = fresh();
  try {
    key = sessionStorage.getItem(TAB) ?? key;
    // Held for as long as the tab lives: whoever finds it taken is a copy.
    const free = await new Promise((resolve) => {
      if (!navigator.locks) return resolve(true);
      void navigator.locks.request(key, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock && new Promise(() => {});
      });
    });
    if (!free) key = fresh();
    sessionStorage.setItem(TAB, key);
  } catch {
    // Without storage for the tab, its run is kept under a key that a reload does not know, and is found as another's.
  }
  return key;
})();

/** @param {{ checkpoints: unknown[] }} snapshot */
export async function storeLast(snapshot) {
  if (site.embedded) return;
  const stored = { ...snapshot, checkpoints: snapshot.checkpoints.slice(-1), version: VERSION, time: Date.now() };
  const key = await own;
  try {
    await set(key, stored, runs);
  } catch (error) {
    if (!refused)
      say(
        `A reload would lose this run, for the browser does not store it (${reasonOf(error)}). “Download weights” keeps what it learned.`,
        { key: "storage" },
      );
    refused = true;
  }
}

/** Whether it was said that the browser stores nothing. */
let refused = false;

/** @param {unknown} error such as QuotaExceededError, whose name says more than its message */
const reasonOf = (error) => (error instanceof DOMException ? error.name : String(error));

/**
 * The run to offer: this tab's own, else the latest of the others.
 * @returns {Promise<{ run: (Kept & { key: string }) | null, damaged: number }>} and how many that could not be read were dropped
 */
export async function readLast() {
  const found = (await unlessRefused(() => entries(runs))) ?? [];
  const key = await own;
  const read = found.map(([name, value]) => ({ key: String(name), run: readRun(value) }));
  const good = read
    .flatMap(({ key, run }) => (run ? [{ ...run, key }] : []))
    .sort((a, b) => Number(b.key === key) - Number(a.key === key) || b.time - a.time);
  const bad = read.filter(({ run }) => !run).map(({ key }) => key);
  const old = good.slice(1 + OTHERS).map(({ key }) => key);
  if (bad.length + old.length) await forget([...bad, ...old]);
  return { run: good[0] ?? null, damaged: bad.length };
}

/** @param {string[]} keys */
export const forget = (keys) => unlessRefused(() => delMany(keys, runs));

/** @template T @param {() => Promise<T>} use @returns {Promise<T | undefined>} nothing where the browser stores nothing */
async function unlessRefused(use) {
  try {
    return await use();
  } catch {
    return undefined;
  }
}
