/** What the laboratory shows: the study that is open, its settings, and each study's latest results. One runs at a time. */
import { batch, signal } from "@preact/signals";
import { say } from "../notices.js";
import { modelNow } from "../run/weights.js";
import { begin, cancel, listen } from "../../engine/studies/client.js";
import { Results } from "./results.js";
import { lab } from "./link.js";
import { needsModel, studies, study, understand, withoutDefaults } from "./table.js";

/** @typedef {import("./table.js").Values} Values */
/**
 * @typedef {object} Job
 * @property {"starting" | "running" | "done" | "cancelled" | "failed" | "imported"} status
 * @property {string} description JSON
 * @property {string | null} data the model's data set, where the model is what it is about
 * @property {Results | null} results
 * @property {number} progress
 * @property {string} doing
 * @property {string} error
 * @property {number} milliseconds
 * @property {Uint8Array | null} weights
 */

/** Parameters of each study that are not at their defaults. @type {import("@preact/signals").Signal<Record<string, Values>>} */
export const chosen = signal({});
/** @type {import("@preact/signals").Signal<Record<string, Job>>} */
export const jobs = signal({});
/** Counts up as rows come, so that pictures are drawn anew. */
export const revision = signal(0);
/** The study that runs, if one does. @type {import("@preact/signals").Signal<string | null>} */
export const running = signal(null);

/** The open study: what the address says, or the first. */
export const open = () => (lab.value ? understood()?.entry : null) ?? studies[0];

const understood = () => {
  try {
    const found = understand(JSON.parse(lab.value));
    return typeof found === "string" ? null : found;
  } catch {
    return null;
  }
};

/** Opens a study with the settings it was left with. @param {string} value */
export const openStudy = (value) => choose(value, valuesOf(value));

/** Says so, once, if the address speaks of a study that there is not. */
export function complainAbout() {
  if (!lab.value || understood()) return;
  lab.value = "";
  say("The part of this link about the laboratory was ignored: it is no description of a study. The rest applies.", {
    key: "lab-link",
  });
}

/** @param {string} value */
export const valuesOf = (value) => chosen.value[value] ?? {};

/** @param {string} value @param {Values} values */
export function choose(value, values) {
  const entry = study(value);
  const kept = withoutDefaults(entry, values);
  batch(() => {
    chosen.value = { ...chosen.value, [value]: kept };
    lab.value = JSON.stringify({ study: value, ...kept });
  });
}

// The address may have brought settings along, now or by an edit of it later.
lab.subscribe(() => {
  const found = understood();
  if (found && JSON.stringify(found.values) !== JSON.stringify(chosen.peek()[found.entry.value] ?? {}))
    chosen.value = { ...chosen.peek(), [found.entry.value]: found.values };
});

/** @param {string} value @param {Partial<Job>} patch */
function update(value, patch) {
  const job = jobs.value[value];
  if (job) jobs.value = { ...jobs.value, [value]: { ...job, ...patch } };
}

/** The run that messages are about, and its study. */
let current = { id: 0, study: "" };
/** Counts attempts to start, so that only the last one does. */
let attempt = 0;
/** A newly begun study's old results stay until it has new ones. @type {Results | null} */
let coming = null;

/** @param {string} value */
export async function run(value) {
  const entry = study(value);
  const values = valuesOf(value);
  const mine = ++attempt;
  if (running.value && running.value !== value) update(running.value, { status: "cancelled" });
  const description = { study: value, ...values };
  const old = jobs.value[value]?.results ?? null;
  /** @type {Job} */
  const job = {
    status: "starting",
    description: JSON.stringify(description),
    data: null,
    results: old,
    progress: 0,
    doing: "",
    error: "",
    milliseconds: 0,
    weights: null,
  };
  jobs.value = { ...jobs.value, [value]: job };
  running.value = value;
  try {
    const model = needsModel(entry, values) ? await modelNow() : null;
    if (mine !== attempt) return;
    if (model) {
      const points = model.points ? { data_points: pairs(model.points) } : {};
      update(value, {
        description: JSON.stringify({ ...description, data: model.data, ...points }),
        data: model.data,
        weights: model.weights.slice(),
      });
    }
    const { weights, images } = model ?? {};
    coming = null;
    current = {
      id: begin({
        description: jobs.value[value].description,
        ...(weights ? { weights } : {}),
        ...(images ? { images } : {}),
      }),
      study: value,
    };
  } catch (error) {
    if (mine !== attempt) return;
    running.value = null;
    update(value, { status: "failed", error: error instanceof Error ? error.message : String(error) });
  }
}

/** @param {Float32Array} points */
const pairs = (points) => Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i], points[2 * i + 1]]);

export function stop() {
  attempt += 1;
  const value = running.value;
  if (!value) return;
  if (jobs.value[value]?.status === "starting" && current.study !== value) {
    // It had not even begun.
    running.value = null;
    update(value, { status: "cancelled" });
    return;
  }
  update(value, { doing: "Stopping" });
  cancel();
}

listen((message) => {
  if (message.type === "engine") {
    if (running.value)
      update(running.value, {
        doing:
          message.fraction === null || message.fraction === 1
            ? "Starting the engine"
            : `Fetching the engine, ${Math.round(100 * message.fraction)} %`,
      });
    return;
  }
  if (message.id !== current.id) return;
  const value = current.study;
  switch (message.type) {
    case "outline":
      coming = new Results(message.outline);
      update(value, { status: "running", doing: "" });
      break;
    case "update": {
      const { progress, doing, rows, findings } = message.update;
      if (coming) {
        coming.take({ rows, findings });
        if (rows.length) {
          update(value, { results: coming });
          revision.value += 1;
        }
      }
      update(value, { progress, ...(doing ? { doing } : {}) });
      break;
    }
    case "ended":
      current = { id: 0, study: "" };
      running.value = null;
      update(value, {
        status: message.how,
        progress: message.how === "done" ? 1 : (jobs.value[value]?.progress ?? 0),
        doing: "",
        milliseconds: message.milliseconds,
      });
      break;
    case "failed":
      current = { id: 0, study: "" };
      running.value = null;
      update(value, { status: "failed", doing: "", error: message.message });
  }
});

/** Shows an exported study: its settings, and its outcome where it has one. @param {string} text @returns {string} a sentence where it is none */
export function reopen(text) {
  let raw;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return `It is no JSON (${error instanceof Error ? error.message : error}).`;
  }
  const found = understand(raw);
  if (typeof found === "string") return `It can’t be opened: ${found}.`;
  const { entry, values, data, points, outcome } = found;
  const results = outcome === null ? null : Results.from(outcome);
  if (outcome !== null && !results) return "Its outcome is damaged.";
  if (running.value === entry.value) stop();
  batch(() => {
    choose(entry.value, values);
    if (!results) return;
    const description = JSON.stringify({
      study: entry.value,
      ...values,
      ...(data === null ? {} : { data }),
      ...(points ? { data_points: points } : {}),
    });
    jobs.value = {
      ...jobs.value,
      [entry.value]: {
        status: "imported",
        description,
        data,
        results,
        progress: 1,
        doing: "",
        error: "",
        milliseconds: 0,
        weights: null,
      },
    };
    revision.value += 1;
  });
  return "";
}
