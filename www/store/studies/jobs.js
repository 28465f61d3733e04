/** Each study's latest results. One study runs at a time. */
import { batch } from "@preact/signals";
import { createStore, del, entries, set } from "idb-keyval";
import { digitsNetwork, networkNow } from "../run/weights.js";
import { site } from "../site.js";
import { choose, remember, valuesOf } from "./choice.js";
import { Results } from "./results.js";
import { client, jobs, revision, running } from "./state.js";
import { needsModel, study, understand } from "./table.js";

/** @typedef {import("../../engine/studies/protocol").Description} Description */
/** @typedef {import("./state.js").Job} Job */

/** Outcomes of finished studies, each as its file. */
const store = createStore("fewsteps-studies", "outcomes");

/** Counts runs: messages that belong to an older one are dropped. */
let last = 0;

/** @param {string} value @param {Job} job */
function put(value, job) {
  jobs.value = { ...jobs.value, [value]: job };
}

/** @param {string} value @param {Partial<Job>} patch */
function update(value, patch) {
  const job = jobs.value[value];
  if (job) put(value, { ...job, ...patch });
}

/** @param {string} value */
export async function run(value) {
  abandon();
  const mine = last;
  const description = JSON.stringify({ study: value, ...valuesOf(value) });
  // Results of before stay until there are new ones.
  put(value, { ...blank(description), results: jobs.value[value]?.results ?? null });
  running.value = value;
  /** @type {Partial<Job>} */
  let end;
  try {
    const input = await inputOf(value, description);
    if (mine !== last) return;
    const { how, milliseconds } = await client.run(input, listener(value, mine));
    end = { status: how, milliseconds, ...(how === "done" ? { progress: 1 } : {}) };
  } catch (error) {
    end = { status: "failed", error: error instanceof Error ? error.message : String(error) };
  }
  if (mine !== last) return;
  running.value = null;
  update(value, { ...end, doing: "" });
  if (end.status === "done") void keep(value);
}

/** A study as a file: its description, with its outcome. @param {Job} job */
export const fileOf = ({ description, results }) => JSON.stringify({ ...JSON.parse(description), outcome: results });

/** Its outcome is there after a reload. @param {string} value */
async function keep(value) {
  const job = jobs.peek()[value];
  if (!job?.results || site.embedded) return;
  try {
    await set(value, fileOf(job), store);
  } catch {
    // Where the browser stores nothing, a reload forgets.
  }
}

/** Brings what earlier visits found, where nothing newer is there; the open study and its settings stay as they are. */
export async function bringKept() {
  try {
    for (const [value, text] of await entries(store)) {
      if (jobs.peek()[String(value)]) continue;
      const found = outcomeOf(JSON.parse(text));
      if (typeof found === "string") void del(value, store);
      else
        batch(() => {
          remember(found.entry.value, found.values);
          put(found.entry.value, { ...found.job, status: "kept" });
          revision.value += 1;
        });
    }
  } catch {
    // Where the browser stores nothing there is nothing.
  }
}

/** Stops the study that runs: it ends by itself, with what was found by then; one that has not begun ends at once. */
export function stop() {
  const value = running.value;
  if (value === null) return;
  if (jobs.value[value]?.status === "starting") {
    abandon();
    return;
  }
  update(value, { doing: "Stopping" });
  client.cancel();
}

/** Stops the study that runs, and what is still to come of it is not heard. */
function abandon() {
  last += 1;
  const value = running.value;
  if (value === null) return;
  client.cancel();
  running.value = null;
  update(value, { status: "cancelled", doing: "" });
}

/** @param {string} description @returns {Job} */
const blank = (description) => ({
  status: "starting",
  description,
  data: null,
  results: null,
  progress: 0,
  doing: "",
  error: "",
  milliseconds: 0,
  began: Date.now(),
  weights: null,
});

/** What the worker needs of a study, with the stage's network where it is about that. @param {string} value @param {string} description @returns {Promise<Description>} */
async function inputOf(value, description) {
  const entry = study(value);
  if (!needsModel(entry, valuesOf(value))) return { description };
  const { data, weights, points, images } = await (entry.needs === "digits" ? digitsNetwork() : networkNow());
  const about = { ...JSON.parse(description), data, ...(points ? { data_points: pairs(points) } : {}) };
  const input = { description: JSON.stringify(about), weights, ...(images ? { images } : {}) };
  update(value, { description: input.description, data, weights });
  return input;
}

/** @param {Float32Array} points */
const pairs = (points) => Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i], points[2 * i + 1]]);

/** @param {string} value @param {number} mine @returns {(event: import("../../engine/studies/protocol").StudyEvent) => void} */
function listener(value, mine) {
  /** @type {Results | null} */
  let results = null;
  return (event) => {
    if (mine !== last) return;
    if (event.type === "engine") update(value, { doing: fetching(event.fraction) });
    else if (event.type === "outline") {
      results = new Results(event.outline);
      update(value, { status: "running", doing: "" });
    } else if (results) {
      const { progress, doing, rows, findings } = event.update;
      results.take({ rows, findings });
      update(value, { progress, ...(doing ? { doing } : {}), ...(rows.length ? { results } : {}) });
      if (rows.length) revision.value += 1;
    }
  };
}

/** @param {number | null} fraction */
const fetching = (fraction) =>
  fraction === null || fraction === 1 ? "Starting the engine" : `Fetching the engine, ${Math.round(100 * fraction)} %`;

/** An exported study. @param {unknown} raw parsed JSON @returns {{ entry: import("./table.js").StudyEntry, values: import("./table.js").Values, job: Job } | string} a sentence where it is none, */
function outcomeOf(raw) {
  const found = understand(raw);
  if (typeof found === "string") return `It can’t be opened: ${found}.`;
  const { entry, values, data, points, outcome } = found;
  const results = outcome === null ? null : Results.from(outcome);
  if (outcome !== null && !results) return "Its outcome is damaged.";
  const about = { ...(data === null ? {} : { data }), ...(points ? { data_points: points } : {}) };
  const description = JSON.stringify({ study: entry.value, ...values, ...about });
  return { entry, values, job: { ...blank(description), status: "imported", data, results, progress: 1 } };
}

/** Shows an exported study: its settings, and its outcome where it has one. @param {string} text @returns {string} a sentence where it is none */
export function reopen(text) {
  let raw;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return `It is no JSON (${error instanceof Error ? error.message : error}).`;
  }
  const found = outcomeOf(raw);
  if (typeof found === "string") return found;
  const { entry, values, job } = found;
  if (running.value === entry.value) abandon();
  batch(() => {
    choose(entry.value, values);
    if (!job.results) return;
    put(entry.value, job);
    revision.value += 1;
  });
  return "";
}
