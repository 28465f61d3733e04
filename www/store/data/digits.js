/**
 * The packed handwritten digits: gzip around "FSD2", three u32 LE (images to train on, images held out, pixels on a
 * side), then one byte a pixel, training images first, then one byte an image that says which digit it shows.
 */
import { SIDE } from "../settings/table.js";

/** @param {Uint8Array<ArrayBuffer>} packed @returns {Promise<Uint8Array<ArrayBuffer>>} the unpacked file, header and all: the engine reads the counts */
export async function unpackDigits(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const view = new DataView(bytes.buffer);
  const [training, heldOut, side] = [4, 8, 12].map((at) => view.getUint32(at, true));
  const right =
    String.fromCharCode(...bytes.subarray(0, 4)) === "FSD2" &&
    side === SIDE &&
    bytes.length === 16 + (training + heldOut) * (side * side + 1);
  if (!right) throw new Error("the file is damaged");
  return bytes;
}
