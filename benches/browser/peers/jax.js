// @ts-check
/** jax-js, the way it is fastest: a whole training step, and a whole sampling step, under one `jit`. */
import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { estimate } from "./network.js";
import { parse } from "./record.js";

/** @typedef {import("@jax-js/jax").Array} Array */
/** @typedef {Record<string, Array>} Named */

const [BETA_1, BETA_2, EPSILON] = [0.9, 0.999, 1e-8];

/** @param {import("../contender.js").Task} task @returns {Promise<import("../contender.js").Contender>} */
export async function create({ backend, record }) {
  const device = backend === "cpu" ? "wasm" : "webgpu";
  if (!(await init(device)).includes(device)) throw new Error(`jax-js has no ${device} here.`);
  defaultDevice(device);
  const { weights, constants, batches, learningRate, start, strides, class: classes } = parse(record);
  const upload = (/** @type {import("./record.js").Data} */ { shape, values }) => np.array(values).reshape(shape);
  const uploaded = (/** @type {Record<string, import("./record.js").Data | undefined>} */ data) =>
    Object.fromEntries(Object.entries(data).flatMap(([name, data]) => (data ? [[name, upload(data)]] : [])));
  const fixed = uploaded(constants);
  const sets = batches.map(uploaded);
  let state = {
    weights: uploaded(weights),
    mean: mapped(weights, ({ shape }) => np.zeros(shape)),
    square: mapped(weights, ({ shape }) => np.zeros(shape)),
    power1: np.array(1),
    power2: np.array(1),
  };
  const ops = operations(backend);
  let step = 0;

  const lossOf = (/** @type {Named} */ weights, /** @type {Named} */ batch, /** @type {Named} */ fixed) => {
    const { x, logSigma, signal, scale, noise, weight } = batch;
    const found = estimate(ops, { ...weights, ...fixed }, { x, logSigma, signal, noise: scale, class: batch.class });
    return np.mean(np.multiply(np.square(np.subtract(found, noise.ref)), weight.ref));
  };
  const learned = jit(
    (
      /** @type {typeof state} */ { weights, mean, square, power1, power2 },
      /** @type {Named} */ batch,
      /** @type {Named} */ fixed,
    ) => {
      const [loss, gradient] = valueAndGrad(lossOf)(tree.ref(weights), batch, fixed);
      const [next1, next2] = [np.multiply(power1, BETA_1), np.multiply(power2, BETA_2)];
      const correct = (/** @type {Array} */ power) => np.reciprocal(np.subtract(1, power.ref));
      const [correct1, correct2] = [correct(next1), correct(next2)];
      /** @type {{ weights: Named, mean: Named, square: Named }} */
      const next = { weights: {}, mean: {}, square: {} };
      for (const name of Object.keys(weights)) {
        const m = np.add(np.multiply(mean[name], BETA_1), np.multiply(gradient[name].ref, 1 - BETA_1));
        const v = np.add(np.multiply(square[name], BETA_2), np.multiply(np.square(gradient[name]), 1 - BETA_2));
        const root = np.add(np.sqrt(np.multiply(v.ref, correct2.ref)), EPSILON);
        const change = np.divide(np.multiply(m.ref, correct1.ref), root);
        next.weights[name] = np.subtract(weights[name], np.multiply(change, learningRate));
        [next.mean[name], next.square[name]] = [m, v];
      }
      return { state: { ...next, power1: next1, power2: next2 }, loss };
    },
  );
  function learn() {
    const { state: next, loss } = learned(state, tree.ref(sets[step++ % sets.length]), tree.ref(fixed));
    state = next;
    return loss;
  }

  const moved = jit((/** @type {Named} */ all, /** @type {Named} */ at) => {
    const { x, logSigma, signal, scale, ofState, ofNoise } = at;
    const found = estimate(ops, all, { x, logSigma, signal, noise: scale, class: at.class });
    return np.add(np.multiply(x.ref, ofState.ref), np.multiply(found, ofNoise.ref));
  });

  return {
    async steps(count) {
      for (let i = 1; i < count; i++) learn().dispose();
      const [loss] = await learn().data();
      // The loss is there before Adam's last update is.
      await blockUntilReady(state.weights);
      return loss;
    },
    async sample() {
      /** @type {Named} */
      const asked = classes ? { class: upload(classes) } : {};
      let x = upload(start);
      for (const stride of strides) {
        const numbers = mapped(stride, (number) => np.array([[number]]));
        // Memory of a step is free again once it is done; in WASM, nothing else would be done meanwhile.
        if (backend === "cpu") await blockUntilReady(x);
        x = moved(tree.ref({ ...state.weights, ...fixed }), { x, ...tree.ref(asked), ...numbers });
      }
      tree.dispose(asked);
      return /** @type {Float32Array} */ (await x.data());
    },
  };
}

/** @template A, B @param {Record<string, A>} record @param {(value: A) => B} map @returns {Record<string, B>} */
function mapped(record, map) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

/**
 * jax-js uses operands up; a reference more of each keeps them. All of it happens while `jit` traces, once.
 * @param {import("../contender.js").Backend} backend
 * @returns {import("./network.js").Ops<Array>}
 */
function operations(backend) {
  return {
    shape: (x) => x.shape,
    reshape: (x, shape) => np.reshape(x.ref, shape),
    permute: (x, order) => np.transpose(x.ref, order),
    cat: (xs, axis) =>
      np.concatenate(
        xs.map((x) => x.ref),
        axis,
      ),
    slice: (x, axis, from, count) =>
      x.ref.slice(...x.shape.map((_, i) => /** @type {[]} */ (i === axis ? [from, from + count] : []))),
    repeat: (x, rows) => np.broadcastTo(x.ref, [rows, x.shape[1]]),
    add: (a, b) => np.add(a.ref, b.ref),
    mul: (a, b) => np.multiply(a.ref, typeof b === "number" ? b : b.ref),
    matmul: (a, b) => np.dot(a.ref, b.ref),
    linear: (x, weight, bias) => np.add(np.dot(x.ref, weight.ref), bias.ref),
    convolution: backend === "cpu" ? shifted : convolution,
    relu: (x) => nn.relu(x.ref),
    silu: (x) => nn.silu(x.ref),
    sin: (x) => np.sin(x.ref),
    normalised(x) {
      const power = np.mean(np.square(x.ref), -1, { keepdims: true });
      return np.divide(x.ref, np.sqrt(np.add(power, 1e-5)));
    },
  };
}

/** @param {Array} x @param {Array} kernel @param {Array} bias */
function convolution(x, kernel, bias) {
  const planes = np.transpose(x.ref, [0, 3, 1, 2]);
  const filter = np.transpose(kernel.ref, [3, 2, 0, 1]);
  const edges = /** @type {[number, number][]} */ ([
    [1, 1],
    [1, 1],
  ]);
  const found = lax.convGeneralDilated(planes, filter, [1, 1], edges);
  return np.add(np.transpose(found, [0, 2, 3, 1]), bias.ref);
}

/** A product with shifted copies: in WASM the first step of the other way takes several times as long. @param {Array} x @param {Array} kernel @param {Array} bias */
function shifted(x, kernel, bias) {
  const [images, height, width, channels] = x.shape;
  const edges = /** @type {[number, number][]} */ ([
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  const framed = np.pad(x.ref, edges);
  const copies = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => framed.ref.slice([], [row, row + height], [column, column + width], [])),
  );
  const windows = np.reshape(np.concatenate(copies, 3), [images * height * width, 9 * channels]);
  const product = np.dot(windows, np.reshape(kernel.ref, [9 * channels, -1]));
  return np.reshape(np.add(product, bias.ref), [images, height, width, -1]);
}
