/** Runs that are kept by name in this browser: their list, and what is done with them. */
import { signal } from "@preact/signals";
import { createStore, delMany, entries, set } from "idb-keyval";
import { wake } from "../engine.js";
import { guests, shown } from "../lanes/lanes.js";
import { retract, say } from "../notices.js";
import { settings } from "../settings/settings.js";
import { maxLanes } from "../settings/table.js";
import { packRun, readNamed, thinned, unpackRun } from "./kept.js";
import { compared, MOST_COMPARED } from "./losses.js";
import { VERSION } from "./record.js";
import { offerBack, restoreSnapshot, snapshotNow, takeSnapshot } from "./snapshots.js";

/** @typedef {import("./kept.js").NamedRun & { key: string }} Run */

const LARGEST = 100e6;

const store = createStore("fewsteps-named", "runs");

/** From the newest; null until they were read. @type {import("@preact/signals").Signal<Run[] | null>} */
export const runs = signal(null);

const newestFirst = (/** @type {Run[]} */ all) => [...all].sort((a, b) => b.time - a.time);

/** Reads the list, once more where another tab may have changed it. */
export async function readRuns() {
  try {
    const found = await entries(store);
    runs.value = newestFirst(
      found.flatMap(([key, value]) => {
        const run = readNamed(value);
        return run ? [{ ...run, key: String(key) }] : [];
      }),
    );
  } catch {
    runs.value ??= [];
  }
}

/** @param {Run} run @returns {Promise<boolean>} whether the browser stores it */
async function write({ key, ...run }) {
  try {
    await set(key, { ...run, version: VERSION }, store);
  } catch (error) {
    say(
      `“${run.name}” can’t be kept: the browser stores no more (${error instanceof Error ? error.message : error}).`,
      {
        key: "runs",
      },
    );
    return false;
  }
  runs.value = newestFirst([...(runs.value ?? []).filter((other) => other.key !== key), { key, ...run }]);
  return true;
}

const newKey = () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;

/** Keeps what was trained so far; training goes on. @param {string} name @returns {Promise<boolean>} */
export async function keepRun(name) {
  const snapshot = await snapshotNow();
  if (!snapshot) return false;
  const lane = shown.peek().slice(0, settings.peek().lanes.length).at(-1);
  const picture = lane ? thinned(lane) : null;
  return write({ ...snapshot, checkpoints: [], key: newKey(), name, time: Date.now(), picture });
}

/** @param {Run} run @param {string} name */
export const renameRun = (run, name) => write({ ...run, name });

/** Its weights, settings and losses in place of those now, which can be brought back. @param {Run} run */
export async function bringBack(run) {
  wake();
  const before = await takeSnapshot();
  await restoreSnapshot(run);
  offerBack(`“${run.name}” is back.`, before);
}

/** @param {Run} run */
export async function deleteRun(run) {
  if (isCompared(run)) compare(run);
  runs.value = (runs.value ?? []).filter(({ key }) => key !== run.key);
  try {
    await delMany([run.key], store);
  } catch {
    // A browser that stores nothing has nothing to delete.
  }
  say(`“${run.name}” is deleted.`, { key: "runs", seconds: 30, action: { label: "Undo", run: () => write(run) } });
}

/** @param {Run} run */
export function runFile({ key: _, ...run }) {
  const name = run.name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "run";
  return { name: `fewsteps-${name}.run.json`, text: packRun(run) };
}

/** A run from a file joins the list. @param {File} file */
export async function importRun(file) {
  retract("runs");
  const refuse = (/** @type {string} */ why) => void say(`${file.name}: ${why} Nothing was changed.`, { key: "runs" });
  if (file.size > LARGEST) return refuse("It is larger than 100 MB, which no run of this page is.");
  const found = unpackRun(await file.text());
  if (typeof found === "string") return refuse(found);
  await write({ ...found, key: newKey() });
}

/** @param {Run} run */
export const isCompared = (run) => compared.value.some(({ key }) => key === run.key);

/** Why a run can't be compared with what is on the stage, as a sentence; nothing where it can. @param {Run} run */
export function notComparable(run) {
  const { data, lanes } = settings.value;
  if (isCompared(run)) return "";
  if (run.settings.data !== data) return "It learned other data than are on the stage.";
  if (compared.value.length >= MOST_COMPARED) return `No more than ${MOST_COMPARED} runs are compared at once.`;
  if (lanes.length + guests.value.length >= maxLanes) return "The stage is full: remove a sampler first.";
  return "";
}

/** Its losses in the chart and its last lane on the stage, as it was when it was kept; or no longer. @param {Run} run */
export function compare(run) {
  const others = compared.value.filter(({ key }) => key !== run.key);
  const next =
    others.length < compared.value.length
      ? others
      : [...others, { key: run.key, name: run.name, losses: run.losses.losses }];
  show(next);
}

/** @param {typeof compared.value} next */
function show(next) {
  compared.value = next;
  guests.value = next.flatMap(({ key, name }) => {
    const picture = runs.value?.find((run) => run.key === key)?.picture;
    return picture ? [{ ...picture, setting: { ...picture.setting, run: name } }] : [];
  });
}

// Runs on other data, or without a place on the stage, are compared no longer.
settings.subscribe(({ data, lanes }) => {
  const fitting = compared
    .peek()
    .filter(({ key }) => runs.peek()?.find((run) => run.key === key)?.settings.data === data)
    .slice(0, maxLanes - lanes.length);
  if (fitting.length < compared.peek().length) show(fitting);
});
