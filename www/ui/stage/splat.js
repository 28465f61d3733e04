/**
 * Thousands of glowing points, drawn on the CPU: each point adds a small soft kernel to a density, and one table turns
 * density into colour. Faster and more even than any number of arcs, and the same everywhere. A second, coarse density
 * carries the halo, the light that many points together throw around them, and is stretched into the first.
 */

import { classGlow } from "./class-colours.js";

/** @typedef {[number, number, number]} Rgb */
/** Deep, middle and bright tone of a lane. @typedef {{ deep: Rgb, tone: Rgb, light: Rgb }} Glow */

/** @type {Record<(typeof import("../lanes/names.js").LANES)[number], Glow>} */
export const GLOWS = {
  simple: { deep: [222, 96, 22], tone: [255, 157, 66], light: [255, 242, 220] },
  accelerated: { deep: [22, 112, 224], tone: [76, 182, 255], light: [230, 248, 255] },
  third: { deep: [8, 118, 98], tone: [45, 180, 150], light: [218, 255, 244] },
  fourth: { deep: [124, 166, 66], tone: [216, 255, 168], light: [250, 255, 240] },
};
/** @type {Rgb} */
const NEUTRAL = [150, 154, 168];

/** How far the plane is seen from its middle, at the least, in units of the standardised data. */
const REACH = 2;
/** The halo is this many times coarser than the points. */
const HALO = 5;

const SUB = 4; // sub-pixel places of a kernel along one axis
const TONES = 2048; // steps of the density in the colour table
const FULL = 9; // the density at the table's end
const BACKS = 16; // steps of the data underneath
const FAINT = 0.02; // of a kernel: what is less has no colour of its own

/** @param {number} radius of the core, in pixels @param {number} skirt how much lies around the core */
function kernels(radius, skirt) {
  const half = Math.ceil(radius * 2.7);
  const size = 2 * half + 1;
  const all = new Float32Array(SUB * SUB * size * size);
  let at = 0;
  for (let sy = 0; sy < SUB; sy++)
    for (let sx = 0; sx < SUB; sx++)
      for (let y = -half; y <= half; y++)
        for (let x = -half; x <= half; x++) {
          const square = (x - (sx + 0.5) / SUB + 0.5) ** 2 + (y - (sy + 0.5) / SUB + 0.5) ** 2;
          const far = Math.max(0, 1 - Math.sqrt(square) / (half + 0.5));
          all[at++] = Math.exp(-square / (radius * radius)) + skirt * far * far;
        }
  return { all, half, size };
}

/** A plane onto which points are added. */
class Density {
  /** @param {number} width @param {number} height @param {number} radius @param {number} skirt */
  constructor(width, height, radius, skirt) {
    this.width = width;
    this.height = height;
    this.values = new Float32Array(width * height);
    this.kernel = kernels(radius, skirt);
    this.scale = Math.min(width, height) / 2 / REACH;
    this.middle = height / 2;
    /** One more than the class of what was last added to each place; there where points have classes. @type {Uint8Array | null} */
    this.tags = null;
  }

  /** Nothing is there. @param {boolean} tagged whether what comes has classes */
  clear(tagged) {
    this.values.fill(0);
    if (!tagged) this.tags = null;
    else if (this.tags) this.tags.fill(0);
    else this.tags = new Uint8Array(this.values.length);
  }

  /**
   * @param {Float32Array} points @param {number} from @param {number} to index of the points' first and second state
   * @param {number} weight of the second @param {number} count @param {number} amount added by one point
   * @param {number} [every] takes only each so many-th point @param {Uint8Array | null} [classes] of the points, which leave them as tags
   */
  add(points, from, to, weight, count, amount, every = 1, classes = null) {
    const { width, height, values, scale, middle } = this;
    const { all, half, size } = this.kernel;
    const centreX = width / 2 - half;
    const centreY = middle - half;
    const area = size * size;
    const tags = classes && this.tags;
    for (let i = 0; i < count; i += every) {
      const a = from + 2 * i;
      const b = to + 2 * i;
      const x = centreX + scale * (points[a] + weight * (points[b] - points[a]));
      const y = centreY - scale * (points[a + 1] + weight * (points[b + 1] - points[a + 1]));
      const left = Math.floor(x);
      const top = Math.floor(y);
      // Points whose kernel would leave the picture are left out; also those that are not numbers.
      if (!(left >= 0 && top >= 0 && left + size < width && top + size < height)) continue;
      let at = (((y - top) * SUB) | 0) * SUB * area + (((x - left) * SUB) | 0) * area;
      const first = at;
      for (let row = 0; row < size; row++) {
        const start = (top + row) * width + left;
        for (let column = 0; column < size; column++) values[start + column] += amount * all[at++];
      }
      if (!tags) continue;
      const tag = classes[i] + 1;
      for (let row = 0, k = first; row < size; row++) {
        const start = (top + row) * width + left;
        for (let column = 0; column < size; column++) if (all[k++] > FAINT) tags[start + column] = tag;
      }
    }
  }
}

export class Splat {
  /** @param {Glow} glow @param {CanvasRenderingContext2D} context */
  constructor(glow, context) {
    this.context = context;
    this.table = colours(glow);
    this.points = new Density(1, 1, 1, 0);
    this.halo = new Density(1, 1, 1, 0);
    this.ratio = 1;
    this.back = new Uint8Array(1);
    this.image = new ImageData(1, 1);
    this.row = new Float32Array(1);
  }

  /** @param {number} width @param {number} height in device pixels @param {number} ratio device pixels for one CSS pixel */
  resize(width, height, ratio) {
    if (width === this.points.width && height === this.points.height) return false;
    this.ratio = ratio;
    this.points = new Density(width, height, 0.5 + 0.85 * ratio, 0.05);
    this.halo = new Density(Math.ceil(width / HALO), Math.ceil(height / HALO), 1.2 + 0.9 * ratio, 0.1);
    this.back = new Uint8Array(width * height);
    this.image = new ImageData(width, height);
    this.row = new Float32Array(this.halo.width + 2);
    [this.context.canvas.width, this.context.canvas.height] = [width, height];
    return true;
  }

  /** Pixels for one unit of the plane. */
  get scale() {
    return this.points.scale;
  }

  /** The row in which the plane's middle lies, in pixels. */
  get middle() {
    return this.points.middle;
  }

  /** Sets the points that lie underneath, dim and neutral. @param {Float32Array | null} points @param {number} count */
  underneath(points, count) {
    this.back.fill(0);
    if (!points || !count) return;
    const { values } = this.points;
    values.fill(0);
    this.points.add(points, 0, 0, 0, count, Math.min(1, 0.36 * Math.sqrt(1500 / count)));
    for (let i = 0; i < values.length; i++) this.back[i] = Math.round((1 - Math.exp(-values[i])) * (BACKS - 1));
  }

  /**
   * @param {Float32Array | null} frames [frame, point, 2] @param {number} low @param {number} high the two frames
   * @param {number} weight of the second @param {number} count points of one frame @param {number} veil in [0, 1]
   * @param {boolean} [dense] how densely the points lie, in place of the points
   * @param {Uint8Array | null} [classes] of the points, which are then drawn in their colours
   */
  draw(frames, low, high, weight, count, veil, dense = false, classes = null) {
    this.points.clear(classes !== null);
    this.halo.clear(classes !== null);
    if (frames && veil > 0) {
      const [from, to] = [low * count * 2, high * count * 2];
      // A small picture crowds its points: each one then gives less light.
      const room = Math.min(1.2, this.points.scale / this.ratio / 80);
      if (!dense) {
        const amount = veil * Math.min(1, 0.62 * room * Math.sqrt(2000 / count)) * (TONES / FULL);
        this.points.add(frames, from, to, weight, count, amount, 1, classes);
      }
      // The halo is too soft to need them all.
      const every = dense ? 1 : Math.ceil(count / 2500);
      const glow = dense ? 220 / count : every * Math.min(0.16, 160 / count);
      this.halo.add(frames, from, to, weight, count, veil * glow * room * room, every, classes);
      const most = (dense ? 3 : 0.34) * (TONES / FULL);
      const coarse = this.halo.values;
      for (let i = 0; i < coarse.length; i++) if (coarse[i] > 0) coarse[i] = most * (1 - Math.exp(-coarse[i]));
    }
    this.develop();
    this.context.putImageData(this.image, 0, 0);
  }

  /** Turns the densities into the picture: the halo is interpolated between its coarse places on the way. */
  develop() {
    const { back, table, row } = this;
    const { values, width, height, tags } = this.points;
    const { values: coarse, width: columns, height: rows, tags: around } = this.halo;
    const pixels = new Uint32Array(this.image.data.buffer);
    const half = (HALO - 1) / 2;
    for (let y = 0; y < height; y++) {
      const at = Math.max(0, (y - half) / HALO);
      const above = Math.min(rows - 1, Math.floor(at));
      const below = Math.min(rows - 1, above + 1) * columns;
      const share = at - above;
      for (let x = 0; x < columns; x++) {
        const here = coarse[above * columns + x];
        row[x + 1] = here + share * (coarse[below + x] - here);
      }
      row[0] = row[1];
      row[columns + 1] = row[columns];
      let i = y * width;
      const end = i + width;
      for (let cell = 0, skip = HALO - half; i < end; cell++, skip = 0) {
        const slope = (row[cell + 1] - row[cell]) / HALO;
        let glow = row[cell] + slope * skip;
        for (let k = skip; k < HALO && i < end; k++, i++) {
          const tone = values[i] + glow;
          const own = tags && around ? tableOf(tags[i] || around[above * columns + cell], table) : table;
          pixels[i] = own[back[i] * TONES + (tone < TONES ? tone | 0 : TONES - 1)];
          glow += slope;
        }
      }
    }
  }
}

/** Tables of the classes that were drawn, made when first needed. @type {Uint32Array[]} */
const tables = [];

/** @param {number} tag one more than a class, or zero @param {Uint32Array} plain where there is none */
function tableOf(tag, plain) {
  if (!tag) return plain;
  tables[tag] ??= colours(classGlow(tag - 1));
  return tables[tag];
}

/** Colour for every data level and density. @param {Glow} glow */
function colours(glow) {
  const table = new Uint32Array(BACKS * TONES);
  for (let b = 0; b < BACKS; b++) {
    const under = (b / (BACKS - 1)) * 0.6;
    for (let t = 0; t < TONES; t++) {
      const density = (t / TONES) * FULL;
      const over = 1 - Math.exp(-1.5 * density);
      const alpha = 1 - (1 - over) * (1 - under);
      // The middle tone from half a point on; the light one only where many lie on each other.
      const front = blend(
        blend(glow.deep, glow.tone, Math.min(1, density / 0.5)),
        glow.light,
        1 - Math.exp(-Math.max(0, density - 0.55) / 2.6),
      );
      const [r, g, blue] = blend(NEUTRAL, front, alpha > 0 ? over / alpha : 0);
      table[b * TONES + t] = pack(r, g, blue, alpha);
    }
  }
  return table;
}

/** @param {number} r @param {number} g @param {number} b @param {number} alpha in [0, 1] */
const pack = (r, g, b, alpha) => ((Math.round(alpha * 255) << 24) | (b << 16) | (g << 8) | r) >>> 0;

/** @param {Rgb} a @param {Rgb} b @param {number} t @returns {Rgb} */
const blend = (a, b, t) => [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)];

/** @param {number} a @param {number} b @param {number} t */
const mix = (a, b, t) => Math.round(a + (b - a) * t);
