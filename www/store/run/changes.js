/** Changes of settings, as the visitor makes them. One that restarts training can be taken back, with all that was trained. */
import { wake } from "../engine.js";
import { followed } from "../settings/rungs.js";
import { complain, drawn, ownPoints, settings, uploaded } from "../settings/settings.js";
import { defaultOf, defaults, fields } from "../settings/table.js";
import { follow, isSame } from "../settings/text.js";
import { withPoints } from "../settings/typed-link.js";
import { configure, configureSoon, forgetRun, inputsChanged } from "./configure.js";
import { floor } from "./losses.js";
import { offerBack, restoreSnapshot, takeSnapshot } from "./snapshots.js";
import { training } from "./status.js";
import { train } from "./training.js";

/** @typedef {import("../settings/table.js").Settings} Settings */

/** Edits of the address so far. */
let edits = 0;

/** Settings that `show` leaves as the visitor has them. @type {(keyof Settings)[]} */
const OF_THE_RUN = ["data", "digits", "start", "seed", "width", "points"];

/**
 * Changes settings. The engine starts if it has not.
 * @param {Partial<Settings>} patch
 * @param {object} [options]
 * @param {boolean} [options.restart] makes a new network even where no setting asks for one
 * @param {() => boolean} [options.wanted] whether it is to be made still, once the run before it is saved
 */
export async function change(patch, { restart = false, wanted = () => true } = {}) {
  const before = settings.value;
  const moved =
    patch.data && patch.data !== before.data
      ? { ...followed(before, patch.data), ...follow(before, patch.data), ...patch }
      : patch;
  const next = { ...before, ...moved };
  const changed = fields.filter((entry) => !isSame(entry, before[entry.key], next[entry.key]));
  if (!changed.length && !restart) return;
  const restarts = restart || changed.some((entry) => entry.restart);
  if (!restarts) {
    settings.value = next;
    // Another loss has another floor.
    if (changed.some(({ group }) => group === "training")) floor.value = null;
    // How the picture is drawn is no matter of the engine.
    if (changed.some(({ group }) => group !== "view")) configureSoon();
    return;
  }
  const running = () => training.value.running;
  // Saving pauses it; the change before this one may have begun it again meanwhile.
  const ran = running();
  const snapshot = await takeSnapshot();
  if (!wanted()) return;
  const goOn = !restart && (ran || running());
  settings.value = { ...settings.value, ...moved };
  forgetRun();
  wake();
  if (!(await configure({ fresh: restart }))) {
    // What was refused is not shown as if it had been accepted: the run before it goes on.
    settings.value = before;
    if (snapshot) await restoreSnapshot(snapshot);
    else {
      inputsChanged();
      await configure();
    }
    return;
  }
  if (goOn) void train();
  const labels = changed.map(({ label }) => label).join(" and ");
  offerBack(restart ? "Training was reset." : `${labels} changed, so training starts anew.`, snapshot);
}

/** Every setting but those of the run back to its default, except what `patch` says. @param {Partial<Settings>} patch */
export function show(patch) {
  const now = settings.value;
  const same = Object.fromEntries(OF_THE_RUN.map((key) => [key, now[key]]));
  return change({ ...defaults(now.data), ...same, ...patch });
}

/** A fresh network; what was trained can be brought back. */
export const reset = () => change({}, { restart: true });

/**
 * The visitor's own data are new: the engine must be sent them again.
 * @param {"drawn" | "uploaded" | "images"} data @param {Partial<Settings>} [patch] what else changes with them
 */
export async function useOwn(data, patch = {}) {
  inputsChanged();
  // What is asked of the lanes is a class that there is.
  const lost = data !== "images" && Number(settings.value.digit) >= (ownPoints(data)?.labels?.names.length ?? 0);
  const all = lost ? { digit: defaultOf("digit"), ...patch } : patch;
  if (settings.value.data === data) await change(all, { restart: true });
  else await change({ ...all, data });
}

/**
 * Follows an edit of the address. Where nothing must be fetched and nothing starts anew, the settings are there when this returns. Of two
 * edits the later one wins, whatever the earlier one still waits for.
 * @param {import("../settings/typed-link.js").Found} found
 */
export async function onLinkEdited(found) {
  edits += 1;
  const edit = edits;
  const wanted = () => edit === edits;
  const link = found.typed ? await withPoints(found) : { ...found, uploaded: null };
  if (!wanted()) return;
  complain(link.ignored);
  if (link.drawn) drawn.value = link.drawn;
  if (link.uploaded) uploaded.value = link.uploaded;
  if (link.drawn || link.uploaded) inputsChanged();
  const again = link.uploaded !== null && settings.value.data === "uploaded";
  await change({ ...defaults(link.settings.data), ...link.settings }, { restart: again, wanted });
}
