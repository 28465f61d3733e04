/** The velocity over a lane's picture, as arrows. */
import { signal } from "@preact/signals";
import { hasRun, request, wake } from "../engine.js";

/** The square of the field reaches from -FIELD_REACH to FIELD_REACH on both axes. */
export const FIELD_REACH = 3;

/** @typedef {{ columns: number, rows: number, arrows: Float32Array }} Arrows */

/** As last computed, by lane and kind. @type {import("@preact/signals").Signal<Map<string, Arrows>>} */
export const arrows = signal(new Map());

/** Computes a lane's arrows: the velocity, or how it turns. @param {number} lane @param {number} sigma @param {number} side columns, and rows @param {boolean} turns */
export async function computeField(lane, sigma, side, turns) {
  wake();
  if (!hasRun()) return;
  const found = await request("field", { lane, sigma, columns: side, rows: side, turns });
  if (found) arrows.value = new Map(arrows.value).set(`${lane} ${turns}`, { columns: side, rows: side, arrows: found });
}

export const clearField = () => (arrows.value = new Map());
