/** What is known of the run: which network the lanes run on, and how far training is. */
import { computed, signal } from "@preact/signals";
import { phase } from "../engine.js";

/**
 * @typedef {import("../../engine/protocol").Model} Model
 * @typedef {object} Training
 * @property {boolean} running
 * @property {number} step
 * @property {number} budget
 * @property {number} stepsPerSecond
 * @property {number | null} secondsLeft
 * @property {number | null} trajectories the part that is there of what a flow map learns from, while it is made
 */

/** Where the weights come from that the lanes run on. @type {import("@preact/signals").Signal<"none" | "pretrained" | "trained" | "fresh">} */
export const origin = signal("none");
/** Name of the file that the weights were opened from, if they were. */
export const openedFile = signal("");
/** The network. @type {import("@preact/signals").Signal<Model | null>} */
export const model = signal(null);
/** @type {import("@preact/signals").Signal<Training>} */
export const training = signal({
  running: false,
  step: 0,
  budget: 0,
  stepsPerSecond: 0,
  secondsLeft: null,
  trajectories: null,
});
/** Whether the second head has not learned the turn yet. */
export const turnUntrained = computed(() => phase.value === "live" && model.value !== null && !model.value.turnTrained);

/** Whether no whole step has been learned yet. */
export const mapUntrained = computed(() => phase.value === "live" && model.value !== null && !model.value.mapTrained);

/** The engine's network is another one now. @param {Model} now */
export function setModel(now) {
  model.value = now;
  if (!training.value.running)
    training.value = { ...training.value, step: origin.value === "pretrained" ? 0 : now.step };
}
