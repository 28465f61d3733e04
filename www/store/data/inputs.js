/** What a data set is made of beyond its name: the visitor's own points or images, or the digits, which are fetched when first needed. */
import { download } from "../download.js";
import { progress } from "../engine.js";
import { ownPoints, settings } from "../settings/settings.js";
import { site } from "../site.js";
import { images } from "./images.js";

/** @typedef {{ points?: Float32Array, labels?: Uint8Array, images?: Uint8Array }} Inputs */

/** @type {Uint8Array | null} */
let digits = null;

/** Those of a data set, or of the one that is set. @returns {Promise<Inputs>} */
export async function inputs(data = settings.value.data) {
  switch (data) {
    case "digits":
      digits ??= await fetchDigits();
      return { images: digits };
    case "images":
      return images.value ? { images: images.value } : {};
    default: {
      const own = ownPoints(data);
      return own ? { points: own.points, labels: own.labels?.of } : {};
    }
  }
}

async function fetchDigits() {
  if (!site.digits) throw new Error("this copy of the page was built without them");
  const text = "Fetching handwritten digits";
  progress.value = { text, fraction: 0 };
  try {
    const packed = await download(site.digits.url, (fraction) => (progress.value = { text, fraction }));
    const { unpackDigits } = await import("./digits.js");
    return await unpackDigits(packed);
  } finally {
    progress.value = null;
  }
}
