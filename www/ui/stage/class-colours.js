/** Colours of points by their class, on the dark of the stage. None of them is a lane's. */

/** @type {import("./splat.js").Rgb[]} */
const TONES = [
  [244, 120, 196],
  [245, 217, 92],
  [160, 140, 255],
  [112, 228, 232],
  [255, 108, 96],
  [226, 228, 236],
  [132, 214, 116],
  [200, 146, 96],
  [96, 142, 236],
  [255, 190, 150],
];

const mixed = (
  /** @type {import("./splat.js").Rgb} */ [r, g, b],
  /** @type {number} */ towards,
  /** @type {number} */ share,
) => /** @type {import("./splat.js").Rgb} */ ([r, g, b].map((value) => Math.round(value + share * (towards - value))));

/** @param {number} index of a class @returns {import("./splat.js").Glow} */
export function classGlow(index) {
  const tone = TONES[index % TONES.length];
  return { deep: mixed(tone, 0, 0.4), tone, light: mixed(tone, 255, 0.75) };
}

/** @param {number} index of a class */
export const classInk = (index) => `rgb(${TONES[index % TONES.length].join(" ")})`;
