/** An engine that nobody needs for now: what it has made stays, and it starts again with the next change. */
import { effect, signal } from "@preact/signals";
import { phase, stop } from "../engine.js";
import { arriving, shown } from "../lanes/lanes.js";
import { setLatest } from "./checkpoints.js";
import { currentWeights } from "./snapshots.js";
import { origin, training } from "./status.js";
import { pauseTraining } from "./training.js";

/** How often it has been put to sleep: training for a lesson ends with it. */
export const sleeps = signal(0);

/** Ends the engine once its picture is complete; training is paused. */
export async function sleep() {
  if (phase.value === "off" || phase.value === "failed") return;
  sleeps.value++;
  if (training.value.running) pauseTraining();
  await quiet();
  if (phase.value !== "live") return;
  if (origin.value === "trained") {
    const weights = await currentWeights();
    if (weights) setLatest({ step: training.value.step, ...weights });
  }
  // The next engine is given those of the page again.
  if (origin.value === "pretrained") origin.value = "none";
  stop();
}

/** Waits until there is a picture, and nothing more is on its way. @returns {Promise<void>} */
function quiet() {
  return new Promise((resolve) => {
    const end = effect(() => {
      const done = phase.value === "live" && arriving.value === null && shown.value.every(Boolean);
      if (!(done && !training.value.running) && phase.value !== "failed") return;
      queueMicrotask(() => end());
      resolve();
    });
  });
}
