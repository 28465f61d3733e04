/** How good the lanes’ samples are, as far as that was measured: when someone wants to know, and for digits once the engine is at rest. */
import { effect, signal } from "@preact/signals";
import { hasRun, phase, send } from "../engine.js";
import { visible } from "../player.js";
import { origin, training } from "../run/status.js";
import { settings } from "../settings/settings.js";
import { arriving, shown } from "./lanes.js";

/** @typedef {import("../../generated/session").Quality} Quality */

/** What was measured, by lane. @type {import("@preact/signals").Signal<(Quality | undefined)[]>} */
export const qualities = signal([]);
/** The lane that is being measured, of how many, and how much of it is done. @type {import("@preact/signals").Signal<{ lane: number, of: number, progress: number } | null>} */
export const measuring = signal(null);

/** The engine is at rest when nothing was asked of it for so long, in milliseconds. */
const REST = 2500;

/** Whether the visitor stopped what was measured of these settings. */
let declined = false;

/** Measures lanes one after the other. @param {number} count how many there are */
export function measureQuality(count) {
  if (!hasRun()) return;
  qualities.value = [];
  measuring.value = { lane: 0, of: count, progress: 0 };
  send({ type: "measure", lanes: Array.from({ length: count }, (_, lane) => lane) });
}

/** Ends what the engine measures; what there is stays. */
export function stopMeasuring() {
  declined = true;
  measurementEnded();
  if (hasRun()) send({ type: "measure", lanes: [] });
}

/** Nothing more will come. */
export const measurementEnded = () => (measuring.value = null);

/** What was measured was of something else than what comes now. */
export function forgetQuality() {
  declined = false;
  qualities.value = [];
  measuring.value = null;
}

/** @param {{ lane: number, measured: import("../../generated/session").Measured }} event */
export function onMeasured({ lane, measured: { progress, quality } }) {
  // One that was stopped may still have been on its way.
  const now = measuring.value;
  if (!now) return;
  measuring.value = quality && lane === now.of - 1 ? null : { ...now, lane, progress };
  if (quality) qualities.value = Object.assign([...qualities.value], { [lane]: quality });
}

/** Whether digits of all classes are on the stage, by a network that has learned some, and not measured yet. */
const unmeasured = () =>
  settings.value.data === "digits" &&
  ["each", "any"].includes(settings.value.digit) &&
  origin.value !== "fresh" &&
  shown.value.every((lane) => lane?.kind === "images") &&
  !qualities.value.length &&
  !measuring.value;

/** From now on digits are measured by themselves, whenever the engine has had nothing else to do for a while. */
export function measureAtRest() {
  let timer = 0;
  effect(() => {
    window.clearTimeout(timer);
    const idle = phase.value === "live" && arriving.value === null && !training.value.running && visible.value;
    if (!idle || !unmeasured() || declined) return;
    timer = window.setTimeout(() => measureQuality(settings.peek().lanes.length), REST);
  });
}
