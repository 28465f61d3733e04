/** The way from noise to data as an animated picture. */
import { applyPalette, GIFEncoder, quantize } from "gifenc";
import { filmed } from "./film.js";

const MOMENTS = 48;
const DELAY = 60; // ms
const HELD = 1500; // ms, at the end
const WIDEST = 400; // pixels of a lane

/**
 * @param {(share: number) => void} onProgress
 * @param {AbortSignal} signal ends it
 * @returns {Promise<Uint8Array | null>} null where it was ended
 */
export const animation = (onProgress, signal) =>
  filmed(WIDEST, async ({ canvas, show }) => {
    const gif = GIFEncoder();
    const pixels = async (/** @type {number} */ place) => {
      await show(place);
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      return context.getImageData(0, 0, canvas.width, canvas.height).data;
    };
    // One palette for all moments: that of the first, a middle and the last one together.
    /** @type {number[][]} */
    const some = [];
    for (const place of [0, 0.6, 1]) some.push(sparse(await pixels(place)));
    const palette = quantize(Uint8ClampedArray.from(some.flat()), 256);
    for (let i = 0; i < MOMENTS; i++) {
      if (signal.aborted) return null;
      gif.writeFrame(applyPalette(await pixels(i / (MOMENTS - 1)), palette), canvas.width, canvas.height, {
        palette: i === 0 ? palette : undefined,
        delay: i === MOMENTS - 1 ? HELD : DELAY,
      });
      onProgress((i + 1) / MOMENTS);
    }
    gif.finish();
    return gif.bytes();
  });

/** Every seventh pixel: enough to know the colours. @param {Uint8ClampedArray} pixels */
function sparse(pixels) {
  const all = [];
  for (let i = 0; i < pixels.length; i += 28) all.push(pixels[i], pixels[i + 1], pixels[i + 2], 255);
  return all;
}
