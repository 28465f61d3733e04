/** What a data set is made of beyond its name: the visitor's own points or images, or the digits, which are fetched when first needed. */
import { build, download } from "../site.js";
import { unpackDigits } from "./digits.js";
import { progress } from "../../engine/client.js";
import { images } from "./images.js";
import { giveUp } from "../lanes/lanes.js";
import { say } from "../notices.js";
import { drawn, uploaded } from "../settings/settings.js";

/** @type {Uint8Array | null} */
let digits = null;

/** Copies, to be given away. @param {string} name of the data set @returns {Promise<{ points?: Float32Array, images?: Uint8Array }>} */
export async function materialOf(name) {
  if (name === "digits") {
    digits ??= await fetchDigits();
    return { images: digits.slice() };
  }
  if (name === "images" && images.value) return { images: images.value.slice() };
  const points = name === "drawn" ? drawn.value : name === "uploaded" ? uploaded.value?.points : null;
  return points ? { points: points.slice() } : {};
}

async function fetchDigits() {
  if (!build.digits) throw new Error("this copy of the page was built without them");
  const text = "Fetching handwritten digits";
  progress.value = { text, fraction: 0 };
  try {
    const packed = await download(build.digits.url, (fraction) => (progress.value = { text, fraction }));
    return await unpackDigits(packed);
  } finally {
    progress.value = null;
  }
}

/** @param {string} what @param {unknown} error @param {() => void} again */
export function downloadFailed(what, error, again) {
  giveUp();
  const why = error instanceof Error ? error.message : String(error);
  say(`${what} could not be fetched (${why}). The page goes on without.`, {
    key: "download",
    action: { label: "Try again", run: again },
  });
}
