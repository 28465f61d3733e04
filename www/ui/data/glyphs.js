/** Small likenesses of the 2-D data sets for their thumbnails: a few dozen dots each, the same on every visit. */

const N = 84;

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
/** @typedef {(i: number, u: number, d: () => number, n: () => number) => [number, number]} Shape dot i; a number evenly spread over the dots; a uniform and a normal-like draw */

/** All within about [-1, 1]. @type {Record<string, Shape>} */
const shapes = {
  eight_gaussians: (i, _u, _d, n) => [
    0.8 * Math.cos((i % 8) * (TAU / 8)) + 0.07 * n(),
    0.8 * Math.sin((i % 8) * (TAU / 8)) + 0.07 * n(),
  ],
  two_moons: (i, u, _d, n) => {
    const a = Math.PI * u;
    return i % 2
      ? [-0.3 + 0.62 * Math.cos(a) + 0.035 * n(), -0.14 + 0.62 * Math.sin(a) + 0.035 * n()]
      : [0.3 - 0.62 * Math.cos(a) + 0.035 * n(), 0.14 - 0.62 * Math.sin(a) + 0.035 * n()];
  },
  swiss_roll: (_i, u, _d, n) => {
    const a = 1.5 * Math.PI * (1 + 2 * u);
    return [(a * Math.cos(a)) / 15.5 + 0.025 * n(), (a * Math.sin(a)) / 15.5 - 0.12 + 0.025 * n()];
  },
  spiral: (i, u, _d, n) => {
    const a = 3.1 * Math.PI * Math.sqrt(u);
    const r = (0.92 * a) / (3.1 * Math.PI);
    const sign = i % 2 ? 1 : -1;
    return [sign * r * Math.cos(a) + 0.02 * n(), sign * r * Math.sin(a) + 0.02 * n()];
  },
  checkerboard: (i, _u, d) => {
    const cell = i % 8;
    const row = Math.floor(cell / 2);
    const column = 2 * (cell % 2) + (row % 2);
    return [-0.9 + (column + 0.06 + 0.88 * d()) * 0.45, -0.9 + (row + 0.06 + 0.88 * d()) * 0.45];
  },
  circles: (i, u, _d, n) => {
    const r = (i % 3 ? 0.86 : 0.42) + 0.03 * n();
    return [r * Math.cos(TAU * u), r * Math.sin(TAU * u)];
  },
  pinwheel: (i, u, _d, n) => {
    const r = 0.22 + 0.68 * u;
    const a = (i % 5) * (TAU / 5) + 1.25 * r + (0.075 / r) * n();
    return [r * Math.cos(a), r * Math.sin(a)];
  },
  three_peaks: (i, u, d) => {
    const [place, width, height] = [
      [-0.62, 0.16, 0.75],
      [-0.62, 0.16, 0.75],
      [0.12, 0.26, 0.42],
      [0.72, 0.09, 0.9],
    ][i % 4];
    const off = 2.2 * (u - 0.5);
    return [place + width * off, -0.7 + 1.4 * height * Math.exp(-2.5 * off * off) * Math.sqrt(d())];
  },
  cat: (i) => {
    const side = i % 2 ? 1 : -1;
    if (i < 40) return [0.74 * Math.cos((i / 40) * TAU), -0.16 + 0.62 * Math.sin((i / 40) * TAU)];
    if (i < 62) {
      // Two sides of an ear, from cheek to tip and from tip to brow.
      const t = ((i - 40) >> 1) / 10;
      return t < 0.5
        ? [side * (0.66 + 0.04 * t), 0.2 + 1.24 * t]
        : [side * (0.68 - 0.8 * (t - 0.5)), 0.82 - 0.8 * (t - 0.5)];
    }
    if (i < 70) return [side * (0.27 + 0.04 * Math.cos(i)), 0.02 + 0.05 * Math.sin(2 * i)];
    if (i < 72) return [0.03 * side, -0.2];
    return [side * (0.28 + 0.13 * ((i - 72) >> 2)), -0.28 + (i & 2 ? 0.05 : -0.05) * ((i - 72) >> 2)];
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
    const [x, y] = shape(i, (0.5 + i * 0.7548776662) % 1, draw, () => 1.7 * normal());
    path += `M${(50 + 45 * x).toFixed(1)} ${(50 - 45 * y).toFixed(1)}h0`;
  }
  return path;
}
