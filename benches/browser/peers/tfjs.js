// @ts-check
/** TensorFlow.js, used as its documentation has it: variables, `optimizer.minimize`, `tidy`. */
import * as tf from "@tensorflow/tfjs-core";
// Without these, there is no gradient.
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import "@tensorflow/tfjs-backend-webgpu";
import { estimate } from "./network.js";
import { parse } from "./record.js";

/** @typedef {import("@tensorflow/tfjs-core").Tensor} Tensor */

/** @param {import("../contender.js").Task} task @returns {Promise<import("../contender.js").Contender>} */
export async function create({ backend, record, files }) {
  const name = backend === "cpu" ? "wasm" : "webgpu";
  if (backend === "cpu") setWasmPaths(files);
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js has no ${name} backend here.`);
  await tf.ready();
  const { weights, constants, batches, learningRate, start, strides, class: classes } = parse(record);
  const upload = (/** @type {import("./record.js").Data} */ { shape, values }) => tf.tensor(values, shape);
  const variables = Object.fromEntries(
    Object.entries(weights).map(([name, data]) => [name, tf.variable(upload(data), true, name)]),
  );
  const fixed = Object.fromEntries(Object.entries(constants).map(([name, data]) => [name, upload(data)]));
  const all = { ...variables, ...fixed };
  const sets = batches.map((batch) => ({
    ...{
      x: upload(batch.x),
      logSigma: upload(batch.logSigma),
      signal: upload(batch.signal),
      scale: upload(batch.scale),
    },
    ...{ noise: upload(batch.noise), weight: upload(batch.weight), class: batch.class && upload(batch.class) },
  }));
  const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  const trained = Object.values(variables);
  const ops = operations(backend);
  let step = 0;

  function learn() {
    const { x, logSigma, signal, scale, noise, weight, class: classes } = sets[step++ % sets.length];
    const loss = () => {
      const found = estimate(ops, all, { x, logSigma, signal, noise: scale, class: classes });
      const errors = tf.squaredDifference(found, noise);
      return /** @type {tf.Scalar} */ (tf.mean(tf.mul(errors, weight)));
    };
    const value = optimizer.minimize(loss, true, trained);
    if (!value) throw new Error("There is no loss.");
    return value;
  }

  return {
    async steps(count) {
      for (let i = 1; i < count; i++) learn().dispose();
      const last = learn();
      const [loss] = await last.data();
      last.dispose();
      return loss;
    },
    async sample() {
      const asked = classes && upload(classes);
      let x = upload(start);
      for (const { logSigma, signal, scale, ofState, ofNoise } of strides) {
        const next = tf.tidy(() => {
          const at = { x, logSigma: tf.tensor2d([[logSigma]]), signal, noise: scale, class: asked };
          return tf.add(tf.mul(x, ofState), tf.mul(estimate(ops, all, at), ofNoise));
        });
        x.dispose();
        x = next;
      }
      const end = await x.data();
      tf.dispose([x, ...(asked ? [asked] : [])]);
      return /** @type {Float32Array} */ (end);
    },
  };
}

/** @param {import("../contender.js").Backend} backend @returns {import("./network.js").Ops<Tensor>} */
function operations(backend) {
  const silu = (/** @type {Tensor} */ x) => tf.mul(x, tf.sigmoid(x));
  const linear = (/** @type {Tensor} */ x, /** @type {Tensor} */ weight, /** @type {Tensor} */ bias) => {
    const [a, b] = [/** @type {tf.Tensor2D} */ (x), /** @type {tf.Tensor2D} */ (weight)];
    return tf.fused.matMul({ a, b, bias });
  };
  return {
    shape: (x) => x.shape,
    reshape: (x, shape) => tf.reshape(x, shape),
    permute: (x, order) => tf.transpose(x, order),
    cat: (xs, axis) => tf.concat(xs, axis),
    slice(x, axis, from, count) {
      const begin = x.shape.map((_, i) => (i === axis ? from : 0));
      const size = x.shape.map((whole, i) => (i === axis ? count : whole));
      return tf.slice(x, begin, size);
    },
    repeat: (x, rows) => (x.shape[0] === rows ? x : tf.tile(x, [rows, 1])),
    add: (a, b) => tf.add(a, b),
    mul: (a, b) => tf.mul(a, b),
    matmul: (a, b) => tf.matMul(a, b),
    linear,
    /** The WASM backend has no gradient of a convolution by its kernel: there it is a product with shifted copies. */
    convolution: backend === "cpu" ? (x, kernel, bias) => shifted(x, kernel, bias, linear) : convolution,
    relu: (x) => tf.relu(x),
    silu,
    sin: (x) => tf.sin(x),
    normalised: (x) => tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-5))),
  };
}

/** @param {Tensor} x @param {Tensor} kernel @param {Tensor} bias @returns {Tensor} */
function convolution(x, kernel, bias) {
  const [x4, filter] = [/** @type {tf.Tensor4D} */ (x), /** @type {tf.Tensor4D} */ (kernel)];
  return tf.fused.conv2d({ x: x4, filter, strides: 1, pad: 1, bias });
}

/** @param {Tensor} x @param {Tensor} kernel @param {Tensor} bias @param {(x: Tensor, weight: Tensor, bias: Tensor) => Tensor} linear */
function shifted(x, kernel, bias, linear) {
  const [images, height, width, channels] = x.shape;
  const [, , , out] = kernel.shape;
  const edges = /** @type {[number, number][]} */ ([
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  const framed = tf.pad(x, edges);
  const copies = Array.from({ length: 9 }, (_, k) =>
    tf.slice(framed, [0, Math.floor(k / 3), k % 3, 0], [images, height, width, channels]),
  );
  const windows = tf.reshape(tf.concat(copies, 3), [images * height * width, 9 * channels]);
  return tf.reshape(linear(windows, tf.reshape(kernel, [9 * channels, out]), bias), [images, height, width, out]);
}
