/** A run at one of its steps, with all that it was made of, so that it can go on from there: nothing the visitor made is lost by a click. */
import * as images from "../data/images.js";
import { save } from "../engine.js";
import { retract, say } from "../notices.js";
import { drawn, settings, uploaded } from "../settings/settings.js";
import { addCheckpoint, checkpoints, latestWeights, setLatest } from "./checkpoints.js";
import { configure, inputsChanged } from "./configure.js";
import * as losses from "./losses.js";
import { openedFile, origin, training } from "./status.js";
import { storeLast } from "./storage.js";
import { pauseTraining } from "./training.js";

/** @typedef {import("./checkpoints.js").Weights} Weights */
/** @typedef {ReturnType<typeof runWith>} Snapshot */

/** How long an engine may take to give its weights, in milliseconds. */
const PATIENCE = 3000;

/** The run as it is, but for its weights, which are given. @param {Weights} weights */
const runWith = ({ step, bytes, state }) => ({
  bytes,
  state,
  step,
  budget: training.value.budget,
  settings: settings.value,
  drawn: drawn.value,
  uploaded: uploaded.value,
  images: images.images.value,
  file: openedFile.value,
  losses: losses.snapshot(),
  checkpoints: checkpoints.value,
});

/** The network as it is now; the latest checkpoint where the engine does not answer. @returns {Promise<import("../../engine/protocol").Weights | null>} */
export async function currentWeights() {
  const late = new Promise((resolve) => window.setTimeout(() => resolve(null), PATIENCE));
  return (await Promise.race([save(), late])) ?? latestWeights();
}

/** What was trained here, while training goes on; null where nothing was. @returns {Promise<Snapshot | null>} */
export async function snapshotNow() {
  if (origin.value !== "trained") return null;
  const weights = await currentWeights();
  return weights && runWith({ step: training.value.step, ...weights });
}

/** What was trained here, so that it can be brought back; null where nothing was. Training is paused. @returns {Promise<Snapshot | null>} */
export async function takeSnapshot() {
  if (training.value.running) pauseTraining();
  return snapshotNow();
}

/** @param {string} what happened @param {Snapshot | null} snapshot of the run before, if there was one */
export function offerBack(what, snapshot) {
  if (!snapshot) return;
  say(`${what} Your ${snapshot.step.toLocaleString("en")} trained steps are kept.`, {
    key: "undo",
    seconds: 30,
    action: { label: "Bring them back", run: () => void restoreSnapshot(snapshot) },
  });
}

/** A run as it was, in place of what there is, or is about to be trained; it waits to be trained on. @param {Snapshot} snapshot */
export async function restoreSnapshot(snapshot) {
  retract("undo");
  pauseTraining();
  settings.value = snapshot.settings;
  drawn.value = snapshot.drawn;
  uploaded.value = snapshot.uploaded;
  images.restore(snapshot.images);
  losses.restore(snapshot.losses);
  checkpoints.value = snapshot.checkpoints;
  openedFile.value = snapshot.file;
  inputsChanged();
  await resumeFrom(snapshot, snapshot.budget);
}

/** The lanes run on these weights of the run, and training goes on from them. @param {Weights} weights @param {number} [budget] */
export async function resumeFrom(weights, budget = training.value.budget) {
  const { step } = weights;
  origin.value = "trained";
  training.value = { running: false, step, budget, stepsPerSecond: 0, secondsLeft: null, trajectories: null };
  setLatest(weights);
  losses.rewind(step);
  await configure({ weights });
}

/** @param {Weights} weights */
export function onCheckpoint({ step, bytes, state }) {
  if (origin.value !== "trained" || step === 0) return;
  setLatest({ step, bytes, state });
  addCheckpoint({ step, bytes, loss: losses.latest() });
  void storeLast(runWith({ step, bytes, state }));
}
