/**
 * What the visitor does, turned into messages: settings applied, training started and stopped, weights kept, so that
 * nothing the visitor made is lost by a click.
 */
import { computed, effect, signal } from "@preact/signals";
import { build, download } from "./build.js";
import { listen, phase, send, wake } from "./engine.js";
import { arriving, data, expect, giveUp, receive } from "./lanes.js";
import * as losses from "./losses.js";
import { forgetMeasured, hearMeasured, stopMeasured } from "./measured.js";
import { downloadFailed, materialOf } from "./material.js";
import { retract, say } from "./notices.js";
import { restart as restartPlayer } from "./player.js";
import { defaults, field, fields, follow, hasField, isDefault } from "./schema.js";
import { complain, drawn, onLinkEdited, settings, uploaded } from "./settings.js";

/** @typedef {import("../protocol").FromWorker} FromWorker */
/** @typedef {"none" | "pretrained" | "trained" | "fresh"} Origin */

/** Whose weights the lanes run on. @type {import("@preact/signals").Signal<Origin>} */
export const origin = signal(/** @type {Origin} */ ("none"));
/** @type {import("@preact/signals").Signal<Extract<FromWorker, { type: "model" }> | null>} */
export const model = signal(null);
/** @type {import("@preact/signals").Signal<{ running: boolean, step: number, budget: number, stepsPerSecond: number, secondsLeft: number | null }>} */
export const training = signal({ running: false, step: 0, budget: 0, stepsPerSecond: 0, secondsLeft: null });
/** Arrows over a lane, as last computed. @type {import("@preact/signals").Signal<Map<number, Extract<FromWorker, { type: "field" }>>>} */
export const arrows = signal(new Map());
/** What a close look at images found. @type {import("@preact/signals").Signal<Extract<FromWorker, { type: "looks" }> | null>} */
export const closeLook = signal(null);
/** Whether the head that turns has not learned while a lane relies on it. */
export const headUntrained = computed(() => phase.value === "live" && model.value !== null && !model.value.headTrained);

let run = 0;
/** What of the data this worker has already. */
let held = "";
/** Steps that training was at when the page last asked for weights, and the weights. @type {{ step: number, bytes: Uint8Array } | null} */
let checkpoint = null;
/** @type {((bytes: Uint8Array | null) => void)[]} */
let savers = [];

// ---- settings ------------------------------------------------------------------------------------------------------

const looks = () => fields.filter((entry) => entry.group === "view").map((entry) => entry.key);

/**
 * Changes settings. The engine starts if it has not; a change that restarts training keeps the old weights at hand
 * behind an undo.
 * @param {Record<string, any>} patch
 * @param {{ restart?: boolean }} [options] `restart` makes a new network even where no setting asks for one.
 */
export async function change(patch, { restart = false } = {}) {
  const before = settings.value;
  if (patch.data !== undefined && patch.data !== before.data) patch = { ...follow(before, patch.data), ...patch };
  const changed = Object.keys(patch).filter((key) => hasField(key) && !isSame(key, before[key], patch[key]));
  const onlyLooks = changed.every((key) => looks().includes(key));
  if (!changed.length && !restart) return;
  if (onlyLooks && !restart) {
    settings.value = { ...before, ...patch };
    return;
  }
  for (const code of ["lane", "settings", "schedule"]) retract(`error-${code}`);
  const restarts = restart || changed.some((key) => field(key).restart);
  if (!restarts) {
    settings.value = { ...before, ...patch };
    soon();
    return;
  }
  // A new seed with shipped weights only changes the noise: nothing trained here is at stake.
  const kept = origin.value === "trained" ? await keep() : null;
  const wasRunning = training.value.running;
  settings.value = { ...settings.value, ...patch };
  forget();
  wake();
  await configure({ fresh: restart });
  if (wasRunning && !restart) train();
  if (kept) {
    const what = restart ? "Training was reset" : `${changed.map((key) => field(key).label).join(" and ")} changed, so training starts anew`;
    say(`${what}. Your ${kept.step.toLocaleString("en")} trained steps are kept.`, {
      key: "undo",
      seconds: 30,
      action: { label: "Bring them back", run: () => bringBack(kept) },
    });
  }
}

/** @param {string} key @param {any} a @param {any} b */
const isSame = (key, a, b) => isDefault({ ...field(key), default: a }, b);

/** Every setting that speaks of the run back to its default, except what `patch` says. @param {Record<string, any>} patch */
export const show = (patch) => {
  const base = defaults(settings.value.data);
  for (const key of ["data", "seed", "width", "points"]) if (hasField(key)) base[key] = settings.value[key];
  return change({ ...base, ...patch });
};

onLinkEdited((found) => {
  complain(found.ignored);
  if (found.drawn) {
    drawn.value = found.drawn;
    held = "";
  }
  void change({ ...defaults(found.settings.data), ...found.settings });
});

let timer = 0;
/** Applies the current settings a moment later: a slider moves faster than a sampler. */
function soon() {
  wake();
  expect();
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void configure({ fresh: false }), 70);
}

function forget() {
  losses.clear();
  checkpoint = null;
  origin.value = "none";
  training.value = { running: false, step: 0, budget: settings.value.budget, stepsPerSecond: 0, secondsLeft: null };
  arrows.value = new Map();
}

// ---- the worker's side of a run ------------------------------------------------------------------------------------

/** What this worker has not been given yet. */
const material = async () => (held === settings.value.data ? {} : materialOf(settings.value.data));

/** The drawing or the file is a new one: the worker must be given it again. @param {"drawn" | "uploaded"} name */
export async function useOwnPoints(name) {
  held = "";
  if (settings.value.data === name) await change({}, { restart: true });
  else await change({ data: name });
}

/** @param {{ fresh: boolean, weights?: Uint8Array }} options */
async function configure({ fresh, weights }) {
  if (phase.value !== "live") return;
  window.clearTimeout(timer);
  const mine = ++run;
  forgetMeasured();
  expect();
  let own;
  try {
    own = await material();
  } catch (error) {
    downloadFailed("The handwritten digits", error, () => void configure({ fresh, weights }));
    return;
  }
  if (mine !== run) return;
  held = settings.value.data;
  const transfer = Object.values(own).map((array) => array.buffer);
  send({ type: "configure", run, settings: /** @type {any} */ (settings.value), ...own, ...(fresh ? { fresh } : {}) }, transfer);
  if (weights) send({ type: "weights", run, bytes: weights.slice() });
  else if (origin.value === "none" && !fresh) await loadShipped(mine);
  else if (fresh) origin.value = "fresh";
  if (mine !== run) return;
  if (given.value) tellGiven();
  send({ type: "sample", run });
}

/** Whether the shipped weights fit the network that is set. */
const shipped = () => {
  const url = build.weights[settings.value.data];
  const sameShape = fields.every((entry) => !entry.restart || entry.key === "data" || entry.key === "seed" || isDefault(entry, settings.value[entry.key], settings.value.data));
  return url && sameShape ? url : null;
};

/** @type {Map<string, Uint8Array>} */
const fetched = new Map();

/** @param {number} mine */
async function loadShipped(mine) {
  const url = shipped();
  if (!url) {
    origin.value = "fresh";
    return;
  }
  try {
    const bytes = fetched.get(url) ?? (await download(url));
    fetched.set(url, bytes);
    if (mine !== run) return;
    retract("download");
    origin.value = "pretrained";
    send({ type: "weights", run, bytes: bytes.slice() });
  } catch (error) {
    if (mine !== run) return;
    origin.value = "fresh";
    downloadFailed("The pretrained weights", error, () => {
      origin.value = "none";
      void configure({ fresh: false });
    });
  }
}

export const canUsePretrained = computed(() => {
  void settings.value;
  return shipped() !== null;
});

listen({
  ready(restarted) {
    held = "";
    arrows.value = new Map();
    const wasRunning = training.value.running;
    training.value = { ...training.value, running: false };
    if (restarted && checkpoint) {
      const { step, bytes } = checkpoint;
      losses.rewind(step);
      void configure({ fresh: false, weights: bytes }).then(() => (wasRunning ? train() : undefined));
      say(`A fresh engine took over from step ${step.toLocaleString("en")}.`, { key: "engine", seconds: 20 });
    } else {
      if (origin.value === "trained" || restarted) origin.value = "none";
      void configure({ fresh: false }).then(() => (wasRunning ? train() : undefined));
      if (restarted) say("A fresh engine took over.", { key: "engine", seconds: 20 });
    }
  },
  message(message) {
    if (message.type === "fatal") {
      say(`The engine stopped (${message.message}). Starting a fresh one…`, { key: "engine" });
      for (const done of savers.splice(0)) done(checkpoint?.bytes ?? null);
      stopMeasured();
      return;
    }
    if (message.type === "saved") {
      for (const done of savers.splice(0)) done(message.bytes);
      return;
    }
    if ("run" in message && message.run !== run) return;
    switch (message.type) {
      case "data":
        data.value = { points: message.points, count: message.count, dimension: message.dimension };
        break;
      case "model":
        model.value = message;
        if (!training.value.running) training.value = { ...training.value, step: origin.value === "pretrained" ? 0 : message.step };
        break;
      case "training": {
        const { running, step, stepsPerSecond, secondsLeft } = message;
        // A single step is a budget of its own to the worker; the visitor's stays what was set.
        const budget = Math.max(settings.value.budget, step);
        if (step > 0 && origin.value !== "trained" && message.noiseLoss.length) origin.value = "trained";
        training.value = { running, step, budget, stepsPerSecond, secondsLeft };
        if (model.value && message.turnLoss.length && !model.value.headTrained) model.value = { ...model.value, headTrained: true };
        losses.record(step, message.noiseLoss, message.turnLoss);
        break;
      }
      case "frames": {
        const first = arriving.value !== null;
        receive(message, settings.value.lanes, settings.value.steps);
        if (first && arriving.value === null && !training.value.running) ended();
        break;
      }
      case "field":
        arrows.value = new Map(arrows.value).set(message.lane, message);
        break;
      case "looks":
        closeLook.value = message;
        break;
      case "measured":
        hearMeasured(message);
        break;
      case "checkpoint":
        checkpoint = { step: message.step, bytes: message.bytes };
        break;
      case "error":
        giveUp();
        stopMeasured();
        say(`${message.message}${["settings", "schedule"].includes(message.code) ? " What you see is from before." : ""}`, { key: `error-${message.code}`, ...(message.code === "lane" ? { action: exactInstead } : {}) });
        break;
    }
  },
});

/** Not every data set is a mixture, but each is a set of points. */
const exactInstead = {
  label: "Use the exact data set",
  run() {
    const lanes = settings.value.lanes.map((/** @type {any} */ lane) => (lane.source === "mixture" ? { ...lane, source: "dataset" } : lane));
    void change({ lanes });
  },
};

/** A new picture is complete: show it from the start once, so that cause is followed by effect. */
function ended() {
  if (replay) {
    replay = false;
    restartPlayer();
  }
}
let replay = false;
/** The next complete picture plays from the noise. */
export function replayNext() {
  replay = true;
}

// ---- training ------------------------------------------------------------------------------------------------------

/** Trains on, or from scratch where the weights came with the page. @param {number} [steps] */
export async function train(steps) {
  wake();
  if (phase.value !== "live") {
    wanted = { steps };
    return;
  }
  if (origin.value === "pretrained" || origin.value === "none") {
    forget();
    origin.value = "fresh";
    await configure({ fresh: true });
  }
  const { step, budget } = training.value;
  const beyond = steps === undefined && budget > 0 && step >= budget ? settings.value.budget : steps;
  training.value = { ...training.value, running: true, budget: budget || settings.value.budget };
  stopMeasured();
  send({ type: "train", run, ...(beyond === undefined ? {} : { steps: beyond }) });
}

/** Training asked for before the engine was there. @type {{ steps: number | undefined } | null} */
let wanted = null;
phase.subscribe((now) => {
  if (now === "live" && wanted) {
    const { steps } = wanted;
    wanted = null;
    queueMicrotask(() => void train(steps));
  }
});

export function pauseTraining() {
  wanted = null;
  send({ type: "pause", run });
}

/** A fresh network; what was trained can be brought back. */
export const reset = () => change({}, { restart: true });

/** The weights that came with the page, in place of what was trained here. */
export async function usePretrained() {
  const kept = origin.value === "trained" ? await keep() : null;
  forget();
  wake();
  await configure({ fresh: false });
  if (kept)
    say(`Back to the pretrained weights. Your ${kept.step.toLocaleString("en")} trained steps are kept.`, {
      key: "undo",
      seconds: 30,
      action: { label: "Bring them back", run: () => bringBack(kept) },
    });
}

/** The weights as they are now; the last checkpoint where the engine does not answer. @returns {Promise<Uint8Array | null>} */
function save() {
  return new Promise((resolve) => {
    const give = (/** @type {Uint8Array | null} */ bytes) => {
      window.clearTimeout(late);
      resolve(bytes);
    };
    const late = window.setTimeout(() => give(checkpoint?.bytes ?? null), 3000);
    savers.push(give);
    send({ type: "save", run });
  });
}

/**
 * The network as it is now and what it was trained on, for whoever wants to look into it. Starts the engine if it has not been.
 * @returns {Promise<{ data: string, weights: Uint8Array, points?: Float32Array, images?: Uint8Array }>}
 */
export async function modelNow() {
  wake();
  await new Promise((resolve, reject) => {
    const stop = effect(() => {
      const there = phase.value === "live" && model.value !== null && origin.value !== "none";
      if (there) resolve(undefined);
      else if (phase.value === "failed") reject(new Error("the engine could not start"));
      else return;
      queueMicrotask(() => stop());
    });
  });
  const weights = await save();
  if (!weights) throw new Error("the engine did not give the weights in time; it may be busy");
  const data = settings.value.data;
  return { data, weights, ...(await materialOf(data)) };
}

async function keep() {
  if (training.value.running) pauseTraining();
  const bytes = await save();
  if (!bytes) return null;
  return { bytes, step: training.value.step, budget: training.value.budget, settings: settings.value, drawn: drawn.value, uploaded: uploaded.value, losses: losses.keep() };
}

/** @param {NonNullable<Awaited<ReturnType<typeof keep>>>} kept */
async function bringBack(kept) {
  retract("undo");
  settings.value = kept.settings;
  drawn.value = kept.drawn;
  uploaded.value = kept.uploaded;
  held = "";
  losses.restore(kept.losses);
  origin.value = "trained";
  training.value = { running: false, step: kept.step, budget: kept.budget, stepsPerSecond: 0, secondsLeft: null };
  checkpoint = { step: kept.step, bytes: kept.bytes };
  await configure({ fresh: false, weights: kept.bytes });
}

/** The drawing that lanes of digits are to finish. @type {import("@preact/signals").Signal<{ pixels: Uint8Array, mask: Uint8Array } | null>} */
export const given = signal(null);

/** @param {{ pixels: Uint8Array, mask: Uint8Array } | null} drawing nothing: lanes make digits of their own */
export function finishDrawing(drawing) {
  given.value = drawing;
  wake();
  if (phase.value !== "live") return;
  tellGiven();
  expect();
  send({ type: "sample", run });
}

function tellGiven() {
  const { pixels, mask } = given.value ?? { pixels: new Uint8Array(), mask: new Uint8Array() };
  send({ type: "give", run, pixels, mask });
}

/** Asks for the velocity over a lane. @param {number} lane @param {number} sigma @param {number} columns @param {number} rows */
export function askField(lane, sigma, columns, rows) {
  wake();
  if (phase.value === "live" && run > 0) send({ type: "field", run, lane, sigma, columns, rows });
}

/** Asks for a close look at one image of each lane: VP states, one after the other, and their noise levels. @param {number} image @param {Float32Array} states @param {Float64Array} sigmas */
export function askLook(image, states, sigmas) {
  wake();
  if (phase.value === "live" && run > 0) send({ type: "look", run, image, states, sigmas });
}

/** Measures the quality of lanes, or stops measuring where there are none. @param {number[]} lanes */
export function askMeasure(lanes) {
  if (phase.value === "live" && run > 0) send({ type: "measure", run, lanes });
}
