// @ts-check
/**
 * The networks of src/network/{mlp,unet}.rs over the operations of another library: the velocity alone, the only head that the simple
 * objective trains. Whether they are the same networks is decided by the losses.
 */

/**
 * What a library must do. No operation uses its operands up.
 * @template T
 * @typedef {object} Ops
 * @property {(x: T) => number[]} shape
 * @property {(x: T, shape: number[]) => T} reshape
 * @property {(x: T, order: number[]) => T} permute
 * @property {(xs: T[], axis: number) => T} cat
 * @property {(x: T, axis: number, from: number, count: number) => T} slice
 * @property {(x: T, rows: number) => T} repeat one row as `rows`
 * @property {(a: T, b: T) => T} add with broadcasting
 * @property {(a: T, b: T | number) => T} mul with broadcasting
 * @property {(a: T, b: T) => T} matmul of matrices
 * @property {(x: T, weight: T, bias: T) => T} linear `x weight + bias`
 * @property {(x: T, kernel: T, bias: T) => T} convolution of `[n, h, w, c]` by `[3, 3, c, out]`, zeros beyond the edge
 * @property {(x: T) => T} relu
 * @property {(x: T) => T} silu
 * @property {(x: T) => T} sin
 * @property {(x: T) => T} normalised divided by the root of the mean square over the last axis
 */

/**
 * States and what they are at. Of the level, one row is for all states.
 * @template T
 * @typedef {{ x: T, logSigma: T, signal: T | number, noise: T | number, class?: T }} At
 */

/** @template T @typedef {Record<string, T>} Weights */

/** Pixels, places and channels on a side of the two floors of the U-Net. */
const [SIDE, PLACES, BELOW] = [28, 14, 7];
const LOWER_BLOCKS = 3;

/**
 * The estimate of the noise, `x sqrt(1 - alpha_bar) + F sqrt(alpha_bar)`, `[n, d]`.
 * @template T
 * @param {Ops<T>} ops @param {Weights<T>} weights with `frequency` and `phase` `[1, features]` of the level @param {At<T>} at
 */
export function estimate(ops, weights, at) {
  const level = ops.sin(ops.add(ops.mul(weights.frequency, at.logSigma), weights.phase));
  const raw = weights.places ? unet(ops, weights, at.x, level, at.class) : mlp(ops, weights, at.x, level);
  return ops.add(ops.mul(at.x, at.noise), ops.mul(raw, at.signal));
}

/** @param {number} features @returns {{ frequency: Float32Array, phase: Float32Array }} */
export function waves(features) {
  const half = features / 2;
  const frequency = (/** @type {number} */ i) => 0.1 * 30 ** (i / (half - 1));
  return {
    frequency: Float32Array.from({ length: features }, (_, i) => frequency(i % half)),
    phase: Float32Array.from({ length: features }, (_, i) => (i < half ? 0 : Math.PI / 2)),
  };
}

/** @template T @param {Ops<T>} ops @param {Weights<T>} weights @param {string} name @param {T} x */
function layer(ops, weights, name, x) {
  return ops.linear(x, weights[`${name}.weight`], weights[`${name}.bias`]);
}

/** @template T @param {Ops<T>} ops @param {Weights<T>} weights @param {T} x @param {T} level */
function mlp(ops, weights, x, level) {
  let hidden = ops.cat([x, ops.repeat(level, ops.shape(x)[0])], 1);
  for (let i = 0; i < 3; i++) hidden = ops.silu(layer(ops, weights, `trunk.${i}`, hidden));
  return layer(ops, weights, "velocity", hidden);
}

/** @template T @param {Ops<T>} ops @param {Weights<T>} weights @param {T} x @param {T} level @param {T | undefined} classes */
function unet(ops, weights, x, level, classes) {
  const [images] = ops.shape(x);
  const condition = layer(ops, weights, "level_hidden", level);
  const at = ops.relu(classes ? ops.add(condition, ops.matmul(classes, weights.class)) : condition);
  const block = (/** @type {string} */ name, /** @type {T} */ hidden) => conditioned(ops, weights, name, hidden, at);

  const pixels = ops.reshape(gather(ops, ops.reshape(x, [images, SIDE, SIDE, 1])), [images, PLACES, PLACES, 4]);
  const embedded = ops.convolution(pixels, weights["embedding.weight"], weights["embedding.bias"]);
  const above = block("before.0", embedded);
  const deep = layer(ops, weights, "down", gather(ops, above));
  const [, channels] = ops.shape(deep);
  let lower = ops.add(ops.reshape(deep, [images, BELOW * BELOW, channels]), weights.places);
  for (let i = 0; i < LOWER_BLOCKS; i++) {
    const mixed = ops.add(lower, across(ops, weights, `across.${i}`, ops.normalised(lower)));
    const hidden = block(`lower.${i}`, ops.reshape(mixed, [images, BELOW, BELOW, channels]));
    lower = ops.reshape(hidden, [images, BELOW * BELOW, channels]);
  }
  const risen = layer(ops, weights, "up", ops.reshape(lower, [images * BELOW * BELOW, channels]));
  const features = block("after.0", ops.add(above, spread(ops, risen, images, BELOW)));
  const [, , , width] = ops.shape(features);
  const patches = layer(ops, weights, "velocity", ops.reshape(features, [images * PLACES * PLACES, width]));
  return ops.reshape(spread(ops, patches, images, PLACES), [images, SIDE * SIDE]);
}

/** Two convolutions on what the level and the class scale and shift, added to `hidden`. @template T @param {Ops<T>} ops @param {Weights<T>} weights @param {string} name @param {T} hidden @param {T} at */
function conditioned(ops, weights, name, hidden, at) {
  const [, , , width] = ops.shape(hidden);
  const both = layer(ops, weights, `${name}.condition`, at);
  const rows = ops.shape(both)[0];
  const [scale, shift] = [0, width].map((from) => ops.reshape(ops.slice(both, 1, from, width), [rows, 1, 1, width]));
  const unit = ops.normalised(hidden);
  const entering = ops.add(ops.add(unit, ops.mul(unit, scale)), shift);
  const convolution = (/** @type {string} */ part, /** @type {T} */ x) =>
    ops.convolution(x, weights[`${name}.block.${part}.weight`], weights[`${name}.block.${part}.bias`]);
  return ops.add(hidden, convolution("second", ops.relu(convolution("first", entering))));
}

/** Two layers over the places of `[n, places, width]`, the same for every channel. @template T @param {Ops<T>} ops @param {Weights<T>} weights @param {string} name @param {T} hidden */
function across(ops, weights, name, hidden) {
  const [images, places, width] = ops.shape(hidden);
  const rows = ops.reshape(ops.permute(hidden, [0, 2, 1]), [images * width, places]);
  const mixed = layer(ops, weights, `${name}.back`, ops.relu(layer(ops, weights, `${name}.across`, rows)));
  return ops.permute(ops.reshape(mixed, [images, width, places]), [0, 2, 1]);
}

/** Every two by two places of `[n, 2 g, 2 g, w]` side by side, `[n g g, 4 w]`. @template T @param {Ops<T>} ops @param {T} hidden */
function gather(ops, hidden) {
  const [images, side, , width] = ops.shape(hidden);
  const half = side / 2;
  const pairs = ops.reshape(hidden, [images * half, 2, half, 2 * width]);
  return ops.reshape(ops.permute(pairs, [0, 2, 1, 3]), [images * half * half, 4 * width]);
}

/** The reverse: `[n g g, 4 w]` as `[n, 2 g, 2 g, w]`. @template T @param {Ops<T>} ops @param {T} hidden @param {number} images @param {number} half */
function spread(ops, hidden, images, half) {
  const width = ops.shape(hidden)[1] / 4;
  const pairs = ops.reshape(hidden, [images * half, half, 2, 2 * width]);
  return ops.reshape(ops.permute(pairs, [0, 2, 1, 3]), [images, 2 * half, 2 * half, width]);
}
