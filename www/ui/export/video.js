/** The way from noise to data as a video, by the browser's own encoder. */
import {
  BufferTarget,
  CanvasSource,
  getFirstEncodableVideoCodec,
  Mp4OutputFormat,
  Output,
  QUALITY_HIGH,
  WebMOutputFormat,
} from "mediabunny";
import { filmed } from "./film.js";

const RATE = 30; // pictures a second
const MOVING = 3; // seconds from noise to data
const HELD = 1.5; // seconds, at the end
const WIDEST = 640; // pixels of a lane

/** A video file. @typedef {{ bytes: Uint8Array<ArrayBuffer>, type: string, extension: string }} Video */

/** MP4 where the browser can write what every player shows in one, else WebM. @param {{ width: number, height: number }} size */
async function encodable(size) {
  const plain = await getFirstEncodableVideoCodec(["avc"], size);
  if (plain) return { codec: plain, format: new Mp4OutputFormat() };
  const free = await getFirstEncodableVideoCodec(["vp9", "vp8", "av1"], size);
  return free && { codec: free, format: new WebMOutputFormat() };
}

/**
 * @param {(share: number) => void} onProgress
 * @param {AbortSignal} signal ends it
 * @returns {Promise<Video | "cancelled" | "no encoder">}
 */
export const video = (onProgress, signal) =>
  filmed(WIDEST, async ({ canvas, show }) => {
    await show(0);
    const { width, height } = canvas;
    const found = await encodable({ width, height });
    if (!found) return "no encoder";
    const target = new BufferTarget();
    const output = new Output({ format: found.format, target });
    const source = new CanvasSource(canvas, { codec: found.codec, quality: QUALITY_HIGH });
    output.addVideoTrack(source, { frameRate: RATE });
    await output.start();
    const count = Math.round(RATE * (MOVING + HELD));
    for (let i = 0; i < count && !signal.aborted; i++) {
      if (i <= RATE * MOVING) await show(i / (RATE * MOVING));
      await source.add(i / RATE, 1 / RATE);
      onProgress((i + 1) / count);
    }
    if (signal.aborted) {
      await output.cancel();
      return "cancelled";
    }
    await output.finalize();
    if (!target.buffer) throw new Error("the browser made no file");
    const { mimeType, fileExtension } = found.format;
    return { bytes: new Uint8Array(target.buffer), type: mimeType, extension: fileExtension };
  });
