/**
 * The packed handwritten digits: gzip, for its checksum, around "FSD3", three u32 LE (images to train on, images held out, pixels on a
 * side), and coded as image-coder.js says, which digit each image shows, then all images, training first.
 */
import { breathe } from "../../engine/worker/breathe.js";
import { SIDE } from "../settings/table.js";
import { CONTEXTS, codeImage, codeLabel } from "./image-coder.js";
import { Decoder } from "./range-coder.js";

const HEADER = 16;
/** More are no file of ours. */
const MOST = 100_000;
/** Images that are unpacked before the page may answer: some milliseconds. */
const AT_ONCE = 200;

/**
 * @param {Uint8Array<ArrayBuffer>} packed
 * @returns {Promise<Uint8Array<ArrayBuffer>>} as the engine reads them: the same header with "FSD2", a byte a pixel for each image, then
 * a byte an image that says which digit it shows
 */
export async function unpackDigits(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const coded = new Uint8Array(await new Response(stream).arrayBuffer());
  const view = new DataView(coded.buffer);
  const [training, heldOut, side] = [4, 8, 12].map((at) => view.getUint32(at, true));
  const count = training + heldOut;
  if (String.fromCharCode(...coded.subarray(0, 4)) !== "FSD3" || side !== SIDE || count > MOST)
    throw new Error("the file is damaged");
  const decoder = new Decoder(CONTEXTS, coded.subarray(HEADER));
  const pixels = side * side;
  const bytes = new Uint8Array(HEADER + count * (pixels + 1));
  bytes.set(coded.subarray(0, HEADER));
  bytes.set(new TextEncoder().encode("FSD2"));
  for (let i = 0; i < count; i++) bytes[HEADER + count * pixels + i] = codeLabel(decoder, 0);
  for (let i = 0; i < count; i++) {
    if (i % AT_ONCE === 0) await breathe();
    codeImage(decoder, bytes.subarray(HEADER + i * pixels, HEADER + (i + 1) * pixels), side);
  }
  return bytes;
}
