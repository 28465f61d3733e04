// @ts-check
/** Reads what `Workload.record` (src/workload.rs) wrote. */
import { waves } from "./network.js";

/** @typedef {{ shape: number[], values: Float32Array }} Data */
/** @typedef {{ x: Data, noise: Data, logSigma: Data, weight: Data, signal: Data, scale: Data, class?: Data }} Batch `signal` and `scale` are `sqrt(alpha_bar)` and `sqrt(1 - alpha_bar)` */
/** @typedef {{ logSigma: number, signal: number, scale: number, ofState: number, ofNoise: number }} Stride one step of DDIM: `x` becomes `ofState x + ofNoise eh` */
/** @typedef {{ weights: Record<string, Data>, constants: Record<string, Data>, batches: Batch[], learningRate: number, losses: Float32Array, start: Data, strides: Stride[], class?: Data, end: Data }} Recorded */

/** @param {Uint8Array} bytes @returns {Recorded} */
export function parse(bytes) {
  const tensors = safetensors(bytes);
  const weights = trained(tensors);
  const batches = [];
  for (let step = 0; tensors[`${step}.x`]; step++) {
    const at = (/** @type {string} */ name) => tensors[`${step}.${name}`];
    const [logSigma, sigma] = [at("log_sigma"), at("log_sigma").values.map(Math.exp)];
    const signal = { shape: logSigma.shape, values: sigma.map((sigma) => 1 / Math.hypot(1, sigma)) };
    const scale = { shape: logSigma.shape, values: sigma.map((sigma) => sigma / Math.hypot(1, sigma)) };
    batches.push({
      ...{ x: at("x"), noise: at("noise"), weight: at("weight"), class: at("class") },
      ...{ logSigma, signal, scale },
    });
  }
  const features = (weights["level_hidden.weight"] ?? weights["trunk.0.weight"]).shape[0];
  const { frequency, phase } = waves(weights.places ? features : features - tensors["0.x"].shape[1]);
  const row = (/** @type {Float32Array} */ values) => ({ shape: [1, values.length], values });
  return {
    ...{ weights, batches, constants: { frequency: row(frequency), phase: row(phase) } },
    ...{
      learningRate: tensors.learning_rate.values[0],
      losses: tensors.losses.values,
      strides: strides([...tensors.sigmas.values]),
    },
    ...{ start: tensors.start, class: tensors.class, end: tensors.end },
  };
}

/** @param {number[]} sigmas @returns {Stride[]} */
function strides(sigmas) {
  return sigmas.slice(1).map((to, step) => {
    const from = sigmas[step];
    const [signal, next] = [1 / Math.hypot(1, from), 1 / Math.hypot(1, to)];
    return {
      ...{ logSigma: Math.log(from), signal, scale: from * signal },
      ...{ ofState: next / signal, ofNoise: next * (to - from) },
    };
  });
}

/** Weights that the simple objective trains, by short names; the three rows of a convolution as one kernel. @param {Record<string, Data>} tensors */
function trained(tensors) {
  /** @type {Record<string, Data>} */
  const weights = {};
  for (const [name, data] of Object.entries(tensors)) {
    const [, kind, rest] = name.match(/^weights\.(Mlp|UNet)\.(.*)$/) ?? [];
    if (!rest || rest.startsWith("turn_")) continue;
    weights[kind === "UNet" ? rest.replace(/^trunk\./, "") : rest] = data;
  }
  for (const name of Object.keys(weights).filter((name) => name.endsWith(".above.weight"))) {
    const of = (/** @type {string} */ row, part = "weight") => weights[name.replace("above.weight", `${row}.${part}`)];
    const rows = ["above", "middle", "below"].map((row) => of(row).values);
    const width = of("middle", "bias").shape[0];
    const whole = name.replace(".above.weight", "");
    weights[`${whole}.bias`] = of("middle", "bias");
    weights[`${whole}.weight`] = { shape: [3, 3, width, width], values: joined(rows) };
  }
  for (const name of Object.keys(weights)) if (/\.(above|middle|below)\./.test(name)) delete weights[name];
  const embedding = weights["embedding.weight"];
  if (embedding) embedding.shape = [3, 3, embedding.shape[0] / 9, embedding.shape[1]];
  return weights;
}

/** @param {Float32Array[]} parts */
function joined(parts) {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** @param {Uint8Array} bytes @returns {Record<string, Data>} */
function safetensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  delete header.__metadata__;
  const data = (
    /** @type {{ shape: number[], data_offsets: [number, number] }} */ { shape, data_offsets: [from, to] },
  ) => ({
    shape,
    values: new Float32Array(bytes.slice(start + from, start + to).buffer),
  });
  return Object.fromEntries(Object.entries(header).map(([name, entry]) => [name, data(entry)]));
}
