/** What is known of the run: whose weights there are, how far training is, what the lanes are to keep to. */
import { computed, signal } from "@preact/signals";
import { phase } from "../../engine/client.js";

/** @typedef {import("../../engine/protocol").FromWorker} FromWorker */
/** @typedef {"none" | "pretrained" | "trained" | "fresh"} Origin */

/** Whose weights the lanes run on. @type {import("@preact/signals").Signal<Origin>} */
export const origin = signal(/** @type {Origin} */ ("none"));
/** Name of the file that the weights were opened from, if they were. */
export const openedFile = signal("");
/** @type {import("@preact/signals").Signal<Extract<FromWorker, { type: "model" }> | null>} */
export const model = signal(null);
/** @type {import("@preact/signals").Signal<{ running: boolean, step: number, budget: number, stepsPerSecond: number, secondsLeft: number | null }>} */
export const training = signal({ running: false, step: 0, budget: 0, stepsPerSecond: 0, secondsLeft: null });
/** Arrows over a lane, as last computed. @type {import("@preact/signals").Signal<Map<number, Extract<FromWorker, { type: "field" }>>>} */
export const arrows = signal(new Map());
/** What a close look at images found. @type {import("@preact/signals").Signal<Extract<FromWorker, { type: "looks" }> | null>} */
export const closeLook = signal(null);
/** The drawing that lanes of digits are to finish. @type {import("@preact/signals").Signal<{ pixels: Uint8Array, mask: Uint8Array } | null>} */
export const given = signal(null);
/** Whether the head that turns has not learned while a lane relies on it. */
export const headUntrained = computed(() => phase.value === "live" && model.value !== null && !model.value.headTrained);
