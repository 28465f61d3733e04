/** Which study is open in the laboratory, and what each is set to. */
import { batch, signal } from "@preact/signals";
import { say } from "../notices.js";
import { openStudy as inLink } from "../settings/settings.js";
import { studies, study, withoutDefaults } from "./table.js";
import { formatStudy, parseStudy } from "./text.js";

/** @typedef {import("./table.js").Values} Values */

/** Parameters of each study that are not at their defaults. @type {import("@preact/signals").Signal<Record<string, Values>>} */
const chosen = signal({});

/** What the address says of a study, where it names one. */
const described = () => parseStudy(inLink.value);

/** The open study: what the address says, or the first. */
export const currentStudy = () => described().entry ?? studies[0];

/** Opens a study with the settings it was left with. @param {string} value */
export const openStudy = (value) => choose(value, valuesOf(value));

/** Says so, once, if the address speaks of a study or of a parameter that there is not. */
export function complainAboutLink() {
  if (!inLink.value) return;
  const { entry, errors } = described();
  if (errors.length)
    say(`Part of this link’s study was ignored: ${errors.join("; ")}. The rest applies.`, { key: "study-link" });
  if (!entry) inLink.value = "";
}

/** @param {string} value @returns {Values} */
export const valuesOf = (value) => chosen.value[value] ?? {};

/** Opens a study with these settings. @param {string} value @param {Values} values */
export function choose(value, values) {
  const own = withoutDefaults(study(value), values);
  batch(() => {
    chosen.value = { ...chosen.value, [value]: own };
    inLink.value = formatStudy(study(value), own);
  });
}

/** A study that was not touched yet is set to these. @param {string} value @param {Values} values */
export function remember(value, values) {
  if (chosen.peek()[value]) return;
  chosen.value = { ...chosen.peek(), [value]: withoutDefaults(study(value), values) };
}

// The address may have brought settings along, now or by an edit of it later.
inLink.subscribe(() => {
  const { entry, values } = described();
  if (entry && JSON.stringify(values) !== JSON.stringify(chosen.peek()[entry.value] ?? {}))
    chosen.value = { ...chosen.peek(), [entry.value]: values };
});
