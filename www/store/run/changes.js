/**
 * What the visitor does, turned into messages: settings applied, training started and stopped, weights kept, so that
 * nothing the visitor made is lost by a click.
 */
import * as checkpoints from "./checkpoints.js";
import { listen, phase, send, wake } from "../../engine/client.js";
import { putBack, runAt } from "./snapshots.js";
import { arriving, data, expect, giveUp, receive } from "../lanes/lanes.js";
import { store } from "./last-run.js";
import * as losses from "./losses.js";
import { forgetMeasured, hearMeasured, stopMeasured } from "../lanes/quality.js";
import { downloadFailed, materialOf } from "../data/inputs.js";
import { retract, say } from "../notices.js";
import { restart as restartPlayer } from "../player.js";
import { defaults, field, fields, follow, hasField, isDefault } from "../settings/table.js";
import { complain, drawn, onLinkEdited, settings } from "../settings/settings.js";
import { fetchShipped, fineTunes, shippedUrl } from "./shipped.js";
import { arrows, closeLook, given, model, openedFile, origin, training } from "./status.js";

/** @typedef {import("./snapshots.js").Kept} Kept */

export { arrows, closeLook, given, headUntrained, model, openedFile, origin, training } from "./status.js";

let run = 0;
/** What of the data this worker has already. */
let held = "";
/** Steps that training was at when the page last had its weights, and the weights. @type {{ step: number, bytes: Uint8Array } | null} */
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
  const kept = await keep();
  const wasRunning = training.value.running;
  settings.value = { ...settings.value, ...patch };
  forget();
  wake();
  await configure({ fresh: restart });
  if (wasRunning && !restart) train();
  if (kept)
    offerBack(
      restart
        ? "Training was reset."
        : `${changed.map((key) => field(key).label).join(" and ")} changed, so training starts anew.`,
      kept,
    );
}

/** @param {string} key @param {any} a @param {any} b */
const isSame = (key, a, b) => isDefault({ ...field(key), default: a }, b);

/** Every setting that speaks of the run back to its default, except what `patch` says. @param {Record<string, any>} patch */
export const show = (patch) => {
  const base = defaults(settings.value.data);
  for (const key of ["data", "digits", "start", "seed", "width", "points"])
    if (hasField(key)) base[key] = settings.value[key];
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
  checkpoints.checkpoints.value = [];
  openedFile.value = "";
  origin.value = "none";
  training.value = { running: false, step: 0, budget: settings.value.budget, stepsPerSecond: 0, secondsLeft: null };
  arrows.value = new Map();
}

// ---- the worker's side of a run ------------------------------------------------------------------------------------

/** What the data is made of by its name, and by the digits that are learned. */
const wantedData = () => (settings.value.data === "digits" ? `digits ${settings.value.digits}` : settings.value.data);
/** What this worker has not been given yet. */
const material = async () => (held === wantedData() ? {} : materialOf(settings.value.data));

/** The visitor's own data is new: the worker must be given it again. @param {"drawn" | "uploaded" | "images"} name */
export async function useOwn(name) {
  held = "";
  if (settings.value.data === name) await change({}, { restart: true });
  else await change({ data: name });
}

/** @param {{ fresh: boolean, weights?: Uint8Array }} options `fresh`: from where the settings let a run begin */
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
  held = wantedData();
  const transfer = Object.values(own).map((array) => array.buffer);
  send(
    { type: "configure", run, settings: /** @type {any} */ (settings.value), ...own, ...(fresh ? { fresh } : {}) },
    transfer,
  );
  if (weights) send({ type: "weights", run, bytes: weights.slice() });
  else if (fresh ? fineTunes.value : origin.value === "none") await loadShipped(mine, fresh);
  else if (fresh) origin.value = "fresh";
  if (mine !== run) return;
  if (given.value) tellGiven();
  send({ type: "sample", run });
}

/** @param {number} mine @param {boolean} begin whether a run begins with them */
async function loadShipped(mine, begin) {
  const url = shippedUrl();
  if (!url) {
    origin.value = "fresh";
    return;
  }
  try {
    const bytes = await fetchShipped(url);
    if (mine !== run) return;
    retract("download");
    origin.value = "pretrained";
    send({ type: "weights", run, bytes, ...(begin ? { begin } : {}) });
  } catch (error) {
    if (mine !== run) return;
    origin.value = "fresh";
    downloadFailed("The pretrained weights", error, () => {
      origin.value = "none";
      void configure({ fresh: begin });
    });
  }
}

listen({
  ready(restarted) {
    held = "";
    arrows.value = new Map();
    const wasRunning = training.value.running;
    training.value = { ...training.value, running: false };
    if (checkpoint) {
      const { step, bytes } = checkpoint;
      losses.rewind(step);
      void configure({ fresh: false, weights: bytes }).then(() => (wasRunning ? train() : undefined));
      if (restarted)
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
        answer(null);
        if (!training.value.running)
          training.value = { ...training.value, step: origin.value === "pretrained" ? 0 : message.step };
        break;
      case "training": {
        const { running, step, stepsPerSecond, secondsLeft } = message;
        // A single step is a budget of its own to the worker; the visitor's stays what was set.
        const budget = Math.max(settings.value.budget, step);
        if (step > 0 && origin.value !== "trained" && message.noiseLoss.length) origin.value = "trained";
        training.value = { running, step, budget, stepsPerSecond, secondsLeft };
        if (model.value && message.turnLoss.length && !model.value.headTrained)
          model.value = { ...model.value, headTrained: true };
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
        if (origin.value !== "trained" || message.step === 0) break;
        checkpoint = { step: message.step, bytes: message.bytes };
        checkpoints.note({ ...checkpoint, loss: losses.latest() });
        void store(runAt(checkpoint));
        break;
      case "error":
        if (message.code === "weights" && answer(message.message)) break;
        giveUp();
        stopMeasured();
        say(
          `${message.message}${["settings", "schedule"].includes(message.code) ? " What you see is from before." : ""}`,
          { key: `error-${message.code}`, ...(message.code === "lane" ? { action: exactInstead } : {}) },
        );
        break;
    }
  },
});

/** Not every data set is a mixture, but each is a set of points. */
const exactInstead = {
  label: "Use the exact data set",
  run() {
    const lanes = settings.value.lanes.map((/** @type {any} */ lane) =>
      lane.source === "mixture" ? { ...lane, source: "dataset" } : lane,
    );
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

/** Trains on; where the weights came with the page, from where the settings let a run begin. @param {number} [steps] */
export async function train(steps) {
  wake();
  if (phase.value !== "live") {
    wanted = { steps };
    return;
  }
  if (origin.value === "pretrained" || origin.value === "none") {
    forget();
    await configure({ fresh: true });
    // The weights to go on from did not come: the page has said so, and training from scratch was not asked for.
    if (fineTunes.value && origin.value !== "pretrained") return;
  }
  const { step, budget } = training.value;
  checkpoints.dropAfter(step);
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
  const kept = await keep();
  forget();
  wake();
  await configure({ fresh: false });
  if (kept) offerBack("Back to the pretrained weights.", kept);
}

/** The weights as they are now; the last checkpoint where the engine does not answer. @returns {Promise<Uint8Array | null>} */
export function save() {
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

/** What was trained here, so that it can be brought back; nothing where nothing was. */
export async function keep() {
  if (origin.value !== "trained") return null;
  if (training.value.running) pauseTraining();
  const bytes = await save();
  return bytes && runAt({ step: training.value.step, bytes });
}

/** @param {string} what happened @param {Kept} kept */
export const offerBack = (what, kept) =>
  say(`${what} Your ${kept.step.toLocaleString("en")} trained steps are kept.`, {
    key: "undo",
    seconds: 30,
    action: { label: "Bring them back", run: () => void bringBack(kept) },
  });

/** @param {Kept} kept */
export async function bringBack(kept) {
  retract("undo");
  putBack(kept);
  held = "";
  await goBackTo(kept, kept.budget);
}

/** The lanes run on these weights of the run, and training goes on from them. @param {{ step: number, bytes: Uint8Array }} point @param {number} [budget] */
export async function goBackTo({ step, bytes }, budget = training.value.budget) {
  origin.value = "trained";
  training.value = { running: false, step, budget, stepsPerSecond: 0, secondsLeft: null };
  checkpoint = { step, bytes };
  losses.rewind(step);
  await configure({ fresh: false, weights: bytes });
}

// ---- weights from a file ---------------------------------------------------------------------------------------------

/** Hears whether the engine took the weights that it was offered. @type {((refusal: string | null) => void) | null} */
let offered = null;

/** @param {string | null} refusal */
function answer(refusal) {
  const asked = offered !== null;
  offered?.(refusal);
  offered = null;
  return asked;
}

/** Offers weights to the engine, which takes them or stays as it was. @param {Uint8Array} bytes @returns {Promise<string | null>} why it refused */
export async function offer(bytes) {
  // Once this has been answered, so has all that was asked before: the next answer is to the offer.
  await save();
  return new Promise((resolve) => {
    offered = resolve;
    send({ type: "weights", run, bytes: bytes.slice() });
  });
}

/** The run goes on with the weights that the engine took. @param {Uint8Array} bytes @param {string} name of their file */
export function adopt(bytes, name) {
  forget();
  const step = model.value?.step ?? 0;
  origin.value = "trained";
  openedFile.value = name;
  checkpoint = { step, bytes };
  training.value = { ...training.value, step };
  expect();
  send({ type: "sample", run });
}

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
  const none = { pixels: new Uint8Array(), mask: new Uint8Array() };
  // It is half a digit: no half of anything else.
  const { pixels, mask } = (settings.value.data === "digits" && given.value) || none;
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
