/** Which study is open in the laboratory, and what each is set to. */
import { batch, signal } from "@preact/signals";
import { say } from "../notices.js";
import { openStudy as inLink } from "../settings/settings.js";
import { studies, study, understand, withoutDefaults } from "./table.js";

/** @typedef {import("./table.js").Values} Values */

/** Parameters of each study that are not at their defaults. @type {import("@preact/signals").Signal<Record<string, Values>>} */
const chosen = signal({});

/** The description in the address, where it is one. */
function described() {
  try {
    const found = understand(JSON.parse(inLink.value));
    return typeof found === "string" ? null : found;
  } catch {
    return null;
  }
}

/** The open study: what the address says, or the first. */
export const currentStudy = () => (inLink.value ? described()?.entry : null) ?? studies[0];

/** Opens a study with the settings it was left with. @param {string} value */
export const openStudy = (value) => choose(value, valuesOf(value));

/** Says so, once, if the address speaks of a study that there is not. */
export function complainAboutLink() {
  if (!inLink.value || described()) return;
  inLink.value = "";
  say("The part of this link about the laboratory was ignored: it is no description of a study. The rest applies.", {
    key: "lab-link",
  });
}

/** @param {string} value @returns {Values} */
export const valuesOf = (value) => chosen.value[value] ?? {};

/** Opens a study with these settings. @param {string} value @param {Values} values */
export function choose(value, values) {
  const own = withoutDefaults(study(value), values);
  batch(() => {
    chosen.value = { ...chosen.value, [value]: own };
    inLink.value = JSON.stringify({ study: value, ...own });
  });
}

/** A study that was not touched yet is set to these. @param {string} value @param {Values} values */
export function remember(value, values) {
  if (chosen.peek()[value]) return;
  chosen.value = { ...chosen.peek(), [value]: withoutDefaults(study(value), values) };
}

// The address may have brought settings along, now or by an edit of it later.
inLink.subscribe(() => {
  const found = described();
  if (found && JSON.stringify(found.values) !== JSON.stringify(chosen.peek()[found.entry.value] ?? {}))
    chosen.value = { ...chosen.peek(), [found.entry.value]: found.values };
});
