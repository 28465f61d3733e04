/** The velocity over a lane's picture, as arrows. */
import { signal } from "@preact/signals";
import { hasRun, request, wake } from "../engine.js";

/** @typedef {{ columns: number, rows: number, arrows: Float32Array }} Arrows */

/** As last computed, by lane. @type {import("@preact/signals").Signal<Map<number, Arrows>>} */
export const arrows = signal(new Map());

/** Computes a lane's arrows. @param {number} lane @param {number} sigma @param {number} columns @param {number} rows */
export async function computeField(lane, sigma, columns, rows) {
  wake();
  if (!hasRun()) return;
  const found = await request("field", { lane, sigma, columns, rows });
  if (found) arrows.value = new Map(arrows.value).set(lane, { columns, rows, arrows: found });
}

export const clearField = () => (arrows.value = new Map());
