/** A lane of digits: the images of one moment as a grid, tinted in the lane's colour. */
import { PIXELS, SIDE } from "../../store/settings/table.js";

const GAP = 3;

const MOST = 48;

/** Columns that fill the shape best, without a ragged last row where that can be. @param {number} images @param {number} aspect */
function bestColumns(images, aspect) {
  const ideal = Math.sqrt(images * aspect);
  let best = 1;
  let least = Infinity;
  for (let columns = 1; columns <= images; columns++) {
    const off = Math.abs(Math.log(columns / ideal)) + (images % columns ? 0.4 : 0);
    if (off < least) [best, least] = [columns, off];
  }
  return best;
}

/** Colours from paper to ink. @param {import("./splat.js").Glow} glow */
function inks(glow) {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const t = i / 255;
    const [from, to, share] = t < 0.6 ? [glow.deep, glow.tone, t / 0.6] : [glow.tone, glow.light, (t - 0.6) / 0.4];
    const [r, g, b] = [0, 1, 2].map((k) => Math.round(from[k] + (to[k] - from[k]) * share));
    table[i] = (Math.round(255 * Math.min(1, t * 1.25)) << 24) | (b << 16) | (g << 8) | r;
  }
  return table;
}

/** Where a grid of images lies, in parts of the picture's width and height. @typedef {{ left: number, top: number, width: number, height: number, columns: number, images: number, gap: [number, number] }} Place */

export class DigitGrid {
  /** @param {import("./splat.js").Glow} glow */
  constructor(glow) {
    this.table = inks(glow);
    this.canvas = document.createElement("canvas");
    /** Where the images were last drawn. @type {Place | null} */
    this.place = null;
    /** The values that mean empty and full, learned from the data. */
    this.black = -1;
    this.white = 1;
  }

  /** @param {Float32Array | null} points standardised images */
  learnRange(points) {
    if (!points?.length) return;
    let low = Infinity;
    let high = -Infinity;
    for (let i = 0; i < Math.min(points.length, PIXELS * 64); i++) {
      low = Math.min(low, points[i]);
      high = Math.max(high, points[i]);
    }
    if (high > low) [this.black, this.white] = [low, high];
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Float32Array} frames @param {{ low: number, high: number, weight: number }} at two of them, and the weight of the second
   * @param {number} count @param {number} veil
   * @param {{ expected: Float32Array | null, rows: boolean }} how clean images to stand at the right of each; whether rows of six belong together
   */
  draw(context, frames, { low, high, weight }, count, veil, { expected, rows: inRows }) {
    const { width, height } = context.canvas;
    // Pairs stand close together, and there are half as many.
    const images = expected ? Math.ceil(Math.min(count, MOST) / 2) : Math.min(count, MOST);
    const across = expected ? 2 * SIDE + 1 : SIDE;
    const columns = inRows ? 6 : bestColumns(images, ((width / height) * SIDE) / across);
    const rows = Math.ceil(images / columns);
    const [w, h] = [columns * (across + GAP) - GAP, rows * (SIDE + GAP) - GAP];
    if (this.canvas.width !== w || this.canvas.height !== h) [this.canvas.width, this.canvas.height] = [w, h];
    const small = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    const image = small.createImageData(w, h);
    const pixels = new Uint32Array(image.data.buffer);
    const [from, to] = [low * count * PIXELS, high * count * PIXELS];
    const gain = 255 / (this.white - this.black);
    for (let n = 0; n < images; n++) {
      const left = (n % columns) * (across + GAP);
      const top = Math.floor(n / columns) * (SIDE + GAP);
      for (let i = 0; i < PIXELS; i++) {
        const at = n * PIXELS + i;
        const value = frames[from + at] + weight * (frames[to + at] - frames[from + at]);
        const place = (top + ((i / SIDE) | 0)) * w + left + (i % SIDE);
        pixels[place] = this.table[Math.max(0, Math.min(255, (value - this.black) * gain)) | 0];
        if (expected)
          pixels[place + SIDE + 1] = this.table[Math.max(0, Math.min(255, (expected[at] - this.black) * gain)) | 0];
      }
    }
    small.putImageData(image, 0, 0);
    const scale = Math.min((width * 0.94) / w, (height * 0.94) / h);
    context.clearRect(0, 0, width, height);
    context.globalAlpha = veil;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    const [left, top] = [(width - w * scale) / 2, (height - h * scale) / 2];
    context.drawImage(this.canvas, left, top, w * scale, h * scale);
    context.globalAlpha = 1;
    this.place = {
      left: left / width,
      top: top / height,
      width: (w * scale) / width,
      height: (h * scale) / height,
      columns,
      images,
      gap: [GAP / w, GAP / h],
    };
  }

  /** One image, a pixel for a pixel. @param {CanvasRenderingContext2D} context of 28 by 28 pixels @param {ArrayLike<number>} values */
  portrait(context, values) {
    const image = context.createImageData(SIDE, SIDE);
    const pixels = new Uint32Array(image.data.buffer);
    const gain = 255 / (this.white - this.black);
    for (let i = 0; i < pixels.length; i++)
      pixels[i] = this.table[Math.max(0, Math.min(255, (values[i] - this.black) * gain)) | 0];
    context.putImageData(image, 0, 0);
  }
}
