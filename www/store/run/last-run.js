/**
 * The last run, kept by the browser beyond a reload: its latest weights, its settings, its data and its losses. Where the browser
 * keeps nothing, as in some private windows, the page does without.
 */

/** @typedef {import("./snapshots.js").Kept} Kept */
/** @typedef {Kept & { version: number, time: number }} LastRun */

/** Of what is kept; another one is not understood. */
const VERSION = 1;

/**
 * @template T
 * @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 * @returns {Promise<T | null>} nothing where the browser keeps nothing
 */
async function ask(mode, ask) {
  /** @type {<R>(request: IDBRequest<R>) => Promise<R>} */
  const answer = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  try {
    const opening = indexedDB.open("fewsteps", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("runs");
    const database = await answer(opening);
    try {
      return await answer(ask(database.transaction("runs", mode).objectStore("runs")));
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}

/** @param {Kept} kept */
export const store = (kept) =>
  ask("readwrite", (runs) =>
    runs.put({ ...kept, checkpoints: kept.checkpoints.slice(-1), version: VERSION, time: Date.now() }, "last"),
  );

/** @returns {Promise<LastRun | null>} */
export async function recall() {
  const found = await ask("readonly", (runs) => runs.get("last"));
  return found?.version === VERSION ? found : null;
}

export const forgetLast = () => ask("readwrite", (runs) => runs.delete("last"));
