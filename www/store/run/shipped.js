/** The weights that come with the page: whether some fit what is set, and their bytes. */
import { computed } from "@preact/signals";
import { download } from "../download.js";
import { settings } from "../settings/settings.js";
import { fields, kindOf } from "../settings/table.js";
import { isDefault } from "../settings/text.js";
import { site } from "../site.js";

/** Data sets that have none of their own begin with another's. @type {Record<string, string>} */
const LIKE = { images: "digits" };
/** Settings that restart a run and leave the network's shape as it is. */
const SHAPELESS = ["data", "digits", "seed", "start"];

/** Where the weights lie that fit the data and the network that are set, or nothing. @returns {string | null} */
export function shippedUrl() {
  const now = settings.value;
  // A network for images has layers of its own.
  const shapeless = kindOf(now.data) === "images" ? [...SHAPELESS, "hidden"] : SHAPELESS;
  const sameShape = fields.every(
    (entry) => !entry.restart || shapeless.includes(entry.key) || isDefault(entry, now[entry.key], now.data),
  );
  return (sameShape && site.weights[LIKE[now.data] ?? now.data]) || null;
}

export const canUsePretrained = computed(() => shippedUrl() !== null);
/** Whether training goes on from these weights. */
export const fineTunes = computed(() => settings.value.start === "shipped" && canUsePretrained.value);

/** @type {Map<string, Uint8Array>} */
const fetched = new Map();

/** @param {string} url */
export async function fetchShipped(url) {
  const bytes = fetched.get(url) ?? (await download(url));
  fetched.set(url, bytes);
  return bytes;
}
