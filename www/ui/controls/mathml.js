/** Formulas as elements: the engine's build writes them as MathML, and the page's policy takes no markup from strings. */
import table from "../../generated/formulas.json";

/** @typedef {import("preact").ComponentChildren} Children */

const PART = /<(\/?)([a-z]+)([^>]*)>|([^<]+)/g;
const ATTRIBUTE = /([a-z]+)="([^"]*)"/g;
const NAMED = { lt: "<", gt: ">", amp: "&" };

/** @param {string} text with references in place of characters that markup needs */
const plain = (text) =>
  text.replace(/&(?:#(\d+)|(lt|gt|amp));/g, (_, code, name) =>
    code ? String.fromCodePoint(Number(code)) : NAMED[/** @type {"lt"} */ (name)],
  );

/** @param {string} markup @param {typeof import("preact").h} h @returns {Children} */
function elements(markup, h) {
  /** What is open, from the outermost. @type {{ name: string, attributes: Record<string, string>, children: Children[] }[]} */
  const open = [{ name: "", attributes: {}, children: [] }];
  const add = (/** @type {Children} */ child) => open[open.length - 1].children.push(child);
  for (const [, closing, name, rest, text] of markup.matchAll(PART)) {
    if (text) add(plain(text));
    else if (!closing) {
      const attributes = Object.fromEntries([...rest.matchAll(ATTRIBUTE)].map(([, key, value]) => [key, value]));
      open.push({ name, attributes, children: [] });
    } else {
      const done = open.pop();
      if (done) add(h(done.name, done.attributes, ...done.children));
    }
  }
  return open[0].children;
}

/** By the name of the sampler, part by part. @param {typeof import("preact").h} h which the page has, and this part need not bring @returns {Record<string, Children[]>} */
export const formulasBy = (h) =>
  Object.fromEntries(Object.entries(table).map(([name, parts]) => [name, parts.map((part) => elements(part, h))]));
