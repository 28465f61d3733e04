/** One image of every lane, classified, and beside its nearest training image. */
import { signal } from "@preact/signals";
import { hasRun, request, wake } from "../engine.js";

/** The last one. @type {import("@preact/signals").Signal<{ image: number, found: import("../../generated/session").Looks } | null>} */
export const inspection = signal(null);

/** @param {number} image its index @param {Float32Array} states VP states, one lane after the other @param {Float64Array} sigmas their noise levels */
export async function inspect(image, states, sigmas) {
  wake();
  if (!hasRun()) return;
  const found = await request("inspect", { states, sigmas });
  if (found) inspection.value = { image, found };
}
