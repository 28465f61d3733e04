/** The way from noise to data as an animated picture: the stage plays it once, moment by moment, and is put down as it goes. */
import { applyPalette, GIFEncoder, quantize } from "gifenc";
import { play, playing, position, seek, visible } from "../../store/player.js";
import { compose } from "./compose.js";

const MOMENTS = 48;
const DELAY = 60; // ms
const HELD = 1500; // ms, at the end
const WIDEST = 400; // pixels of a lane

/** The stage draws what changed before the next frame of the screen, or at once. */
const drawn = () => new Promise((resolve) => setTimeout(resolve));

/**
 * @param {(share: number) => void} onProgress
 * @param {AbortSignal} signal ends it
 * @returns {Promise<Uint8Array | null>} null where it was ended
 */
export async function animation(onProgress, signal) {
  const before = { playing: playing.peek(), place: position.peek(), visible: visible.peek() };
  const canvas = document.createElement("canvas");
  const gif = GIFEncoder();
  const pixels = () => {
    compose(canvas, WIDEST);
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    return context.getImageData(0, 0, canvas.width, canvas.height).data;
  };
  try {
    visible.value = true;
    // One palette for all moments: that of the first, a middle and the last one together.
    /** @type {number[][]} */
    const some = [];
    for (const place of [0, 0.6, 1]) {
      seek(place);
      await drawn();
      some.push(sparse(pixels()));
    }
    const palette = quantize(Uint8ClampedArray.from(some.flat()), 256);
    for (let i = 0; i < MOMENTS; i++) {
      if (signal.aborted) return null;
      seek(i / (MOMENTS - 1));
      await drawn();
      gif.writeFrame(applyPalette(pixels(), palette), canvas.width, canvas.height, {
        palette: i === 0 ? palette : undefined,
        delay: i === MOMENTS - 1 ? HELD : DELAY,
      });
      onProgress((i + 1) / MOMENTS);
    }
    gif.finish();
    return gif.bytes();
  } finally {
    seek(before.place);
    visible.value = before.visible;
    if (before.playing) play();
  }
}

/** Every seventh pixel: enough to know the colours. @param {Uint8ClampedArray} pixels */
function sparse(pixels) {
  const all = [];
  for (let i = 0; i < pixels.length; i += 28) all.push(pixels[i], pixels[i + 1], pixels[i + 2], 255);
  return all;
}
