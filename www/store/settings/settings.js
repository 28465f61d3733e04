/** The current settings, the visitor's own points, and their place in the address bar. */
import { effect, signal } from "@preact/signals";
import { say } from "../notices.js";
import { complaint, LINK_POINTS, read, write } from "./link.js";
import { inLessons } from "./route.js";
import { defaults } from "./table.js";
import { withPoints } from "./typed-link.js";

/** @typedef {import("./table.js").Settings} Settings */

const opened = await withPoints(read(inLessons ? "" : location.hash));

/** @type {import("@preact/signals").Signal<Settings>} */
export const settings = signal({ ...defaults(opened.settings.data), ...opened.settings });

/** @type {import("@preact/signals").Signal<import("./link.js").Drawing | null>} */
export const drawn = signal(opened.drawn);

/**
 * Points of an uploaded file or a typed formula, and what else is known of them.
 * @typedef {object} Uploaded
 * @property {string} name
 * @property {Float32Array} points [n, 2]
 * @property {import("../data/labels.js").Labels | null} [labels] their classes
 * @property {import("../data/csv.js").Columns} [columns] of the file
 * @property {import("./typed-link.js").Typed} [typed] the formula
 */
/** @type {import("@preact/signals").Signal<Uploaded | null>} */
export const uploaded = signal(opened.uploaded);

/** The visitor's own points of a data set, with their classes, if they have any; nothing for other data. */
export const ownPoints = (data = settings.value.data) =>
  data === "drawn" ? drawn.value : data === "uploaded" ? uploaded.value : null;

/** The study that is open in the laboratory, as a link has it; nothing while none was touched. */
export const openStudy = signal(opened.study);

/** Whether the page was opened by a link that asks for something of its own. */
export const openedByLink = Object.keys(opened.settings).length > 0;

/** @param {string[]} ignored */
export function complain(ignored) {
  if (ignored.length) say(complaint(ignored), { key: "link" });
}
complain(opened.ignored);

/** What of the current state cannot travel in a link, as a sentence, or nothing. */
export function notInLink() {
  if (settings.value.data === "uploaded" && !uploaded.value?.typed)
    return "Your uploaded points stay on this machine; the link opens everything else.";
  if (settings.value.data === "images")
    return "Your images stay on this machine; the link opens handwritten digits with the same settings.";
  if (settings.value.data === "drawn" && drawn.value && drawn.value.points.length / 2 > LINK_POINTS)
    return `A drawing of more than ${LINK_POINTS} points does not fit into a link; the link opens everything else.`;
  return "";
}

export function link() {
  const tooLarge = settings.value.data === "drawn" && notInLink() !== "";
  const hash = write({
    settings: tooLarge ? { ...settings.value, data: defaults().data } : settings.value,
    drawn: drawn.value,
    typed: uploaded.value?.typed ?? null,
    study: openStudy.value,
  });
  return `${location.href.split("#")[0]}${hash ? `#${hash}` : ""}`;
}

let timer = 0;
let written = location.hash;
effect(() => {
  void settings.value;
  void drawn.value;
  void uploaded.value;
  void openStudy.value;
  if (inLessons) return;
  window.clearTimeout(timer);
  // Browsers refuse too many address changes in a short time, and a slider makes many.
  timer = window.setTimeout(() => {
    // An edit by hand that has not been heard yet must not be written over.
    if (location.hash !== written) return;
    const address = link();
    if (address !== location.href) history.replaceState(history.state, "", address);
    written = location.hash;
  }, 400);
});

/** Calls back when the visitor edits the address by hand. @param {(found: ReturnType<typeof read>) => void} listener */
export function whenLinkEdited(listener) {
  window.addEventListener("hashchange", () => {
    if (location.hash === written) return;
    written = location.hash;
    const found = read(location.hash);
    openStudy.value = found.study;
    listener(found);
  });
}
