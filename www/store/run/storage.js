/** The last run, stored by the browser beyond a reload. Where it stores nothing, as in some private windows, the page does without. */

/** The layout of what is stored; another one is not understood. */
const VERSION = 1;

/**
 * @template T
 * @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 * @returns {Promise<T | null>} nothing where the browser stores nothing
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

/** @param {{ checkpoints: unknown[] }} snapshot */
export const storeLast = (snapshot) =>
  ask("readwrite", (runs) =>
    runs.put({ ...snapshot, checkpoints: snapshot.checkpoints.slice(-1), version: VERSION, time: Date.now() }, "last"),
  );

/** @returns {Promise<unknown>} what was stored, and the `time` of it; null where there is nothing */
export async function readLast() {
  const found = await ask("readonly", (runs) => runs.get("last"));
  return found?.version === VERSION ? found : null;
}

export const forgetLast = () => ask("readwrite", (runs) => runs.delete("last"));
