/** How good the lanes' samples are, as far as that was measured: it is, when someone wants to know. */
import { signal } from "@preact/signals";
import { hasRun, send } from "../engine.js";

/** @typedef {import("../../generated/session").Quality} Quality */

/** What was measured, by lane. @type {import("@preact/signals").Signal<(Quality | undefined)[]>} */
export const qualities = signal([]);
/** The lane that is being measured, of how many, and how much of it is done. @type {import("@preact/signals").Signal<{ lane: number, of: number, progress: number } | null>} */
export const measuring = signal(null);

/** Measures lanes one after the other. @param {number} count how many there are */
export function measureQuality(count) {
  if (!hasRun()) return;
  qualities.value = [];
  measuring.value = { lane: 0, of: count, progress: 0 };
  send({ type: "measure", lanes: Array.from({ length: count }, (_, lane) => lane) });
}

/** Ends what the engine measures; what there is stays. */
export function stopMeasuring() {
  measurementEnded();
  if (hasRun()) send({ type: "measure", lanes: [] });
}

/** Nothing more will come. */
export const measurementEnded = () => (measuring.value = null);

/** What was measured was of something else than what comes now. */
export function forgetQuality() {
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
