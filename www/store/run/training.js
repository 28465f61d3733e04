/** Training: begun, paused, and what the engine tells of it. */
import { phase, send, wake } from "../engine.js";
import { measurementEnded } from "../lanes/quality.js";
import { settings } from "../settings/settings.js";
import { dropAfter } from "./checkpoints.js";
import { configure, findFloor, forgetRun, onTrainOn } from "./configure.js";
import * as losses from "./losses.js";
import { fineTunes } from "./shipped.js";
import { model, origin, training } from "./status.js";

/** Training asked for before the engine was there. @type {{ steps: number | undefined } | null} */
let wanted = null;

/** Training steps that the settings ask for, those of a flow map among them. */
function wholeBudget() {
  const { objective, budget, map_steps } = settings.value;
  return objective === "whole" ? budget + map_steps : budget;
}

/** Trains on; where the weights came with the page, from where the settings let a run begin. @param {number} [steps] @returns {Promise<void>} */
export async function train(steps) {
  wake();
  if (phase.value !== "live") {
    wanted = { steps };
    return;
  }
  if (origin.value === "pretrained" || origin.value === "none") {
    forgetRun();
    if (!(await configure({ fresh: true }))) {
      // Where the data or the settings are refused there is nothing to train; an engine that is gone has a successor that will.
      if (phase.value !== "live") wanted = { steps };
      return;
    }
    // Other data or settings came before this was under way: it is their training that begins.
    if (origin.peek() === "none") return train(steps);
    // A run was brought back before this was under way: it waits.
    if (origin.peek() === "trained") return;
    // The weights to go on from did not come: the page has said so, and training from scratch was not asked for.
    if (fineTunes.value && origin.value !== "pretrained") return;
  }
  const { step } = training.value;
  const budget = wholeBudget();
  dropAfter(step);
  const beyond = steps === undefined && step > 0 && step >= budget ? settings.value.budget : steps;
  training.value = { ...training.value, running: true, budget: Math.max(budget, step) };
  measurementEnded();
  findFloor();
  send({ type: "train", ...(beyond === undefined ? {} : { steps: beyond }) });
}

onTrainOn(() => train());

/** Begins the training that was asked for before the engine was there. @returns {boolean} whether it was */
export function trainAsWanted() {
  if (!wanted) return false;
  const { steps } = wanted;
  wanted = null;
  void train(steps);
  return true;
}

export function pauseTraining() {
  wanted = null;
  send({ type: "pause" });
}

/** @param {Extract<import("../../engine/protocol").RunEvent, { type: "training" }>} event */
export function onTraining({ running, step, stepsPerSecond, secondsLeft, trajectories, noiseLoss, turnLoss, mapLoss }) {
  // A single step is a budget of its own to the worker; the visitor's stays what was set.
  const budget = Math.max(wholeBudget(), step);
  if (step > 0 && noiseLoss.length + mapLoss.length) origin.value = "trained";
  training.value = { running, step, budget, stepsPerSecond, secondsLeft, trajectories };
  if (model.value && turnLoss.length && !model.value.turnTrained) model.value = { ...model.value, turnTrained: true };
  if (model.value && mapLoss.length && !model.value.mapTrained) model.value = { ...model.value, mapTrained: true };
  losses.record(step, { noise: noiseLoss, turn: turnLoss, map: mapLoss });
}
