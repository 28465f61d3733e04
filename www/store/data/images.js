/** The visitor's own images: a gallery to change at leisure, and those of it that the model learns from. */
import { signal } from "@preact/signals";
import { say } from "../notices.js";
import { PIXELS } from "../settings/table.js";
import { MOST_IMAGES } from "./limits.js";

/** @typedef {{ pixels: Uint8Array, name: string }} OwnImage 784 pixels, 0 dark and 255 light */

/** @type {import("@preact/signals").Signal<OwnImage[]>} */
export const gallery = signal([]);
/** What runs learn from, [n, 784]. @type {import("@preact/signals").Signal<Uint8Array | null>} */
export const images = signal(null);

/** @param {OwnImage[]} more */
export function add(more) {
  const room = MOST_IMAGES - gallery.value.length;
  gallery.value = [...gallery.value, ...more.slice(0, room)];
  if (more.length > room)
    say(`There is room for ${MOST_IMAGES.toLocaleString("en")} images; ${more.length - room} were left out.`, {
      key: "images-full",
    });
}

/** @param {string} what @param {OwnImage[]} left */
function leave(what, left) {
  const before = gallery.value;
  gallery.value = left;
  say(what, { key: "images-undo", seconds: 20, action: { label: "Undo", run: () => (gallery.value = before) } });
}

/** @param {OwnImage} one */
export const remove = (one) =>
  leave(
    `“${one.name}” was removed.`,
    gallery.value.filter((other) => other !== one),
  );

export const clear = () => leave(`${gallery.value.length} images were removed.`, []);

/** The gallery as one row of pixels. @param {OwnImage[]} all */
function packed(all) {
  const pixels = new Uint8Array(PIXELS * all.length);
  for (const [i, image] of all.entries()) pixels.set(image.pixels, PIXELS * i);
  return pixels;
}

/** Whether the model learns from what is in the gallery now. @param {OwnImage[]} all @param {Uint8Array | null} used */
export function inUse(all, used) {
  return (
    used !== null &&
    used.length === PIXELS * all.length &&
    all.every(({ pixels }, i) => pixels.every((value, k) => value === used[PIXELS * i + k]))
  );
}

/** The gallery becomes what runs learn from. */
export const use = () => (images.value = packed(gallery.value));

/** What runs learn from is brought back; so is the gallery, where it has lost some of it. @param {Uint8Array | null} pixels */
export function restore(pixels) {
  images.value = pixels;
  if (!pixels || inUse(gallery.value, pixels)) return;
  const old = Array.from({ length: pixels.length / PIXELS }, (_, i) => ({
    pixels: pixels.slice(PIXELS * i, PIXELS * (i + 1)),
    name: `image ${i + 1}`,
  }));
  const known = new Set(old.map((image) => image.pixels.join()));
  gallery.value = [...old, ...gallery.value.filter((image) => !known.has(image.pixels.join()))];
}
