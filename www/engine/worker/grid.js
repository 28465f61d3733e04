/** Where the arrows of a velocity field stand. */

/** Half the side of their square, in VP coordinates. */
const HALF = 3;

/** The middles of the square's cells, rows from the top down, `[rows * columns, 2]`. @param {number} columns @param {number} rows */
export const middles = (columns, rows) =>
  Float32Array.from({ length: 2 * columns * rows }, (_, i) => {
    const cell = i >> 1;
    return i % 2
      ? HALF * (1 - (2 * (Math.floor(cell / columns) + 0.5)) / rows)
      : HALF * ((2 * ((cell % columns) + 0.5)) / columns - 1);
  });
