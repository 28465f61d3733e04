/** The text that puts a figure into a post. */

/**
 * @typedef {object} Choice
 * @property {import("../../embed/protocol").Show} show
 * @property {string} study as in the address bar, where that is shown
 * @property {string} lesson its name, where that is shown
 * @property {import("../../embed/protocol").Start} start
 * @property {"auto" | "light" | "dark"} theme
 * @property {string | null} controls null: what suits
 * @property {number} width in CSS pixels; 0: as wide as the post
 * @property {string} title
 */

/** @typedef {{ site: string, hash: string }} Place where the page lies, and its settings as in the address bar */

/** Parts of an address, without the laboratory's. @param {string} hash @returns {[key: string, text: string][]} */
const settingsOf = (hash) =>
  hash
    .split("&")
    .filter((part) => part && !part.startsWith("study="))
    .map((part) => {
      const at = part.indexOf("=");
      return [part.slice(0, at), decodeURIComponent(part.slice(at + 1))];
    });

/** Whether it shows the stage, with the settings of the page and controls to choose. @param {import("../../embed/protocol").Show} show */
export const onStage = (show) => show === "stage" || show === "training";

/** Attributes of `<few-steps>`, those that say nothing new left out. @param {Choice} choice @param {Place} place @returns {[name: string, value: string][]} */
export function attributes({ show, study, lesson, start, theme, controls, width, title }, { hash }) {
  /** @type {[string, string][]} */
  const all = [["title", title]];
  if (show === "study") all.push(["study", study]);
  else if (show === "lesson") all.push(["lesson", lesson]);
  else all.push(...settingsOf(hash));
  if (show === "training") all.push(["show", show]);
  if (start !== "click") all.push(["start", start]);
  if (theme !== "auto") all.push(["theme", theme]);
  if (controls !== null && onStage(show)) all.push(["controls", controls]);
  if (width) all.push(["style", `max-width: ${width}px`]);
  return all;
}

/** @param {string} text */
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");

/** The element, and a link for readers without scripts. @param {Choice} choice @param {Place} place */
export function elementSnippet(choice, place) {
  const list = attributes(choice, place).map(([name, value]) => `  ${name}="${escaped(value)}"`);
  const page = `${place.site}${hashOf(choice, place)}`;
  return [
    `<script async src="${place.site}embed.js"></script>`,
    "<few-steps",
    ...list,
    `><a href="${escaped(page)}">${escaped(choice.title)}</a></few-steps>`,
  ].join("\n");
}

/** @param {Choice} choice @param {Place} place @param {number} height in CSS pixels */
export function frameSnippet(choice, place, height) {
  const { show, start, theme, controls, width, title } = choice;
  const query = new URLSearchParams({ show, start });
  if (theme !== "auto") query.set("theme", theme);
  if (controls !== null && onStage(show)) query.set("controls", controls);
  const url = `${place.site}figure.html?${query}${hashOf(choice, place)}`;
  const size = `width="${width || "100%"}" height="${Math.ceil(height)}"`;
  return `<iframe\n  src="${escaped(url)}"\n  title="${escaped(title)}"\n  ${size} loading="lazy" style="border: 0"\n></iframe>`;
}

/** @param {Choice} choice @param {Place} place */
function hashOf({ show, study, lesson }, { hash }) {
  if (show === "lesson") return `#lesson=${lesson}`;
  const text = show === "study" ? `study=${encodeURI(study)}` : hash.replace(/&?study=[^&]*/, "");
  return text && `#${text}`;
}
