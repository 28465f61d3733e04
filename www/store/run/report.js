/** What is on the stage and what was measured of it, as a record in JSON: its settings open again. */
import { opened } from "../engine.js";
import { shown } from "../lanes/lanes.js";
import { qualities } from "../lanes/quality.js";
import { read } from "../settings/link.js";
import { link, settings } from "../settings/settings.js";
import { site } from "../site.js";
import { onLinkEdited } from "./changes.js";
import { losses } from "./losses.js";
import { model, origin, training } from "./status.js";

const KIND = "fewsteps record";

/** What is no number is null. @param {number} value */
const number = (value) => (Number.isFinite(value) ? value : null);

export function record() {
  const lanes = shown.peek().flatMap((lane, index) => {
    if (!lane) return [];
    const { setting, points, steps, evaluations, cost, errors, step, sigmas } = lane;
    const measured = [...step.keys()].filter((i) => !Number.isNaN(errors[2 * i]));
    return [
      {
        ...setting,
        points,
        steps,
        evaluations,
        cost,
        // 0 is fresh data, 1 is pure noise.
        errors: measured.map((i) => ({
          step: step[i],
          sigma: sigmas[i],
          error: number(errors[2 * i]),
          standard_error: number(errors[2 * i + 1]),
        })),
        ...(qualities.peek()[index] ? { frechet: qualities.peek()[index] } : {}),
      },
    ];
  });
  return {
    kind: KIND,
    version: site.version,
    link: link().split("#")[1] ?? "",
    settings: settings.peek(),
    engine: opened.peek()?.reason ?? null,
    network: model.peek(),
    weights: origin.peek(),
    trained_steps: origin.peek() === "trained" ? training.peek().step : 0,
    lanes,
    losses: origin.peek() === "trained" ? losses : null,
  };
}

/** Puts the page into the state of a record. @param {any} found parsed JSON @returns {boolean} whether it is one */
export function openRecord(found) {
  if (found?.kind !== KIND || typeof found.link !== "string") return false;
  void onLinkEdited(read(found.link));
  return true;
}
