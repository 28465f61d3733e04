/** A run as it is kept: at one of its steps, with all that it was made of, so that it can go on from there. */
import { checkpoints } from "./checkpoints.js";
import * as images from "../data/images.js";
import * as losses from "./losses.js";
import { drawn, settings, uploaded } from "../settings/settings.js";
import { openedFile, training } from "./status.js";

/** @param {{ step: number, bytes: Uint8Array }} point */
export const runAt = ({ step, bytes }) => ({
  bytes,
  step,
  budget: training.value.budget,
  settings: settings.value,
  drawn: drawn.value,
  uploaded: uploaded.value,
  images: images.images.value,
  file: openedFile.value,
  losses: losses.keep(),
  checkpoints: checkpoints.value,
});
/** @typedef {ReturnType<typeof runAt>} Kept */

/** What the run was made of, but for its weights. @param {Kept} kept */
export function putBack(kept) {
  settings.value = kept.settings;
  drawn.value = kept.drawn;
  uploaded.value = kept.uploaded;
  images.restore(kept.images);
  losses.restore(kept.losses);
  checkpoints.value = kept.checkpoints;
  openedFile.value = kept.file;
}
