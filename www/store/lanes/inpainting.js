/** A drawing that lanes of digits finish: pixels that are known, and the rest for the model to make. */
import { signal } from "@preact/signals";
import { phase, send, wake } from "../engine.js";
import { settings } from "../settings/settings.js";
import { expectSamples } from "./lanes.js";

/** 784 pixels (0 paper, 255 ink), known where `mask` is not zero. @typedef {{ pixels: Uint8Array, mask: Uint8Array }} Known */

/** @type {import("@preact/signals").Signal<Known | null>} */
export const known = signal(null);

/** @param {Known | null} drawing null: lanes make digits of their own */
export function inpaint(drawing) {
  known.value = drawing;
  wake();
  if (phase.value !== "live") return;
  sendKnown();
  expectSamples();
  send({ type: "sample" });
}

/** Tells the engine what is known of the digits to come. */
export function sendKnown() {
  const none = { pixels: new Uint8Array(), mask: new Uint8Array() };
  // It is half a digit: no half of anything else.
  const drawing = settings.value.data === "digits" ? known.value : null;
  send({ type: "knownPixels", ...(drawing ?? none) });
}
