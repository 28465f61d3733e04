/** How good the lanes' samples are, as far as that was measured: it is, when someone asks. */
import { signal } from "@preact/signals";

/** @typedef {import("../../engine/mirror").Quality} Quality */

/** What came out, by lane. @type {import("@preact/signals").Signal<(Quality | undefined)[]>} */
export const qualities = signal([]);
/** The lane that is being measured, of how many, and how much of it is done. @type {import("@preact/signals").Signal<{ lane: number, of: number, progress: number } | null>} */
export const measuring = signal(null);

/** It was asked for. @param {number} of lanes */
export function expectMeasured(of) {
  qualities.value = [];
  measuring.value = { lane: 0, of, progress: 0 };
}

/** What was measured was of something else than what comes now. */
export function forgetMeasured() {
  qualities.value = [];
  measuring.value = null;
}

/** Nothing more will come; what there is stays. */
export function stopMeasured() {
  measuring.value = null;
}

/** @param {Extract<import("../../engine/protocol").FromWorker, { type: "measured" }>} message */
export function hearMeasured({ lane, measured: { progress, quality } }) {
  // One that was stopped may still have been on its way.
  const now = measuring.value;
  if (!now) return;
  measuring.value = quality && lane === now.of - 1 ? null : { ...now, lane, progress };
  if (quality) qualities.value = Object.assign([...qualities.value], { [lane]: quality });
}
