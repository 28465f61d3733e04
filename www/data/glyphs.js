/** Small likenesses of the 2-D data sets for their thumbnails: a few dozen dots each, the same on every visit. */

const N = 84;

/** Evenly spread numbers in [0, 1): chance would clump. @param {number} i @param {number} step */
const even = (i, step) => (0.5 + i * step) % 1;

/** @param {number} seed */
function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const TAU = 2 * Math.PI;
/** @typedef {(i: number, u: number, v: number, n: () => number) => [number, number]} Shape dot i; two uniforms; a normal-like draw */

/** All within about [-1, 1]. @type {Record<string, Shape>} */
const shapes = {
  eight_gaussians: (i, _u, _v, n) => [0.8 * Math.cos((i % 8) * (TAU / 8)) + 0.07 * n(), 0.8 * Math.sin((i % 8) * (TAU / 8)) + 0.07 * n()],
  two_moons: (i, u, _v, n) => {
    const a = Math.PI * u;
    return i % 2 ? [-0.3 + 0.62 * Math.cos(a) + 0.035 * n(), -0.14 + 0.62 * Math.sin(a) + 0.035 * n()] : [0.3 - 0.62 * Math.cos(a) + 0.035 * n(), 0.14 - 0.62 * Math.sin(a) + 0.035 * n()];
  },
  swiss_roll: (_i, u, _v, n) => {
    const a = 1.5 * Math.PI * (1 + 2 * u);
    return [(a * Math.cos(a)) / 15.5 + 0.025 * n(), (a * Math.sin(a)) / 15.5 - 0.12 + 0.025 * n()];
  },
  spiral: (i, u, _v, n) => {
    const a = 3.1 * Math.PI * Math.sqrt(u);
    const r = (0.92 * a) / (3.1 * Math.PI);
    const sign = i % 2 ? 1 : -1;
    return [sign * r * Math.cos(a) + 0.02 * n(), sign * r * Math.sin(a) + 0.02 * n()];
  },
  checkerboard: (i, u, v) => {
    const cell = i % 8;
    const row = Math.floor(cell / 2);
    const column = 2 * (cell % 2) + (row % 2);
    return [-0.9 + (column + u) * 0.45, -0.9 + (row + v) * 0.45];
  },
  circles: (i, u, _v, n) => {
    const r = (i % 3 ? 0.86 : 0.42) + 0.03 * n();
    return [r * Math.cos(TAU * u), r * Math.sin(TAU * u)];
  },
  pinwheel: (i, u, _v, n) => {
    const r = 0.22 + 0.68 * u;
    const a = (i % 5) * (TAU / 5) + 1.25 * r + (0.075 / r) * n();
    return [r * Math.cos(a), r * Math.sin(a)];
  },
  cat: (i, u, v, n) => {
    const part = i / N;
    if (part < 0.5) return [0.72 * Math.cos(TAU * u), -0.14 + 0.62 * Math.sin(TAU * u)];
    if (part < 0.74) {
      const side = i % 2 ? 1 : -1;
      const t = u;
      const x = t < 0.5 ? 0.66 - 0.08 * t * 2 : 0.58 - 0.36 * (t - 0.5) * 2;
      const y = t < 0.5 ? 0.16 + 0.7 * t * 2 : 0.86 - 0.44 * (t - 0.5) * 2;
      return [side * x, y];
    }
    if (part < 0.86) return [(i % 2 ? 0.27 : -0.27) + 0.035 * n(), 0.02 + 0.045 * n()];
    if (part < 0.9) return [0.03 * n(), -0.22 + 0.02 * n()];
    const side = i % 2 ? 1 : -1;
    return [side * (0.3 + 0.62 * u), -0.26 + 0.16 * (v < 0.5 ? -1 : 1) * u];
  },
};

/** Path of tiny dots in a box of 100 x 100, or null where the set has no likeness. @param {string} name */
export function glyph(name) {
  const shape = shapes[name];
  if (!shape) return null;
  const draw = random(name.length * 7919 + name.charCodeAt(0));
  const normal = () => draw() + draw() + draw() + draw() - 2;
  let path = "";
  for (let i = 0; i < N; i++) {
    const [x, y] = shape(i, even(i, 0.7548776662), even(i, 0.569840291), () => 1.7 * normal());
    path += `M${(50 + 45 * x).toFixed(1)} ${(50 - 45 * y).toFixed(1)}h0`;
  }
  return path;
}
