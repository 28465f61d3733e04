// @ts-check
/** What was measured, as Markdown. */
import { SHARED, STILL } from "./scale.mjs";
import { median, ratio } from "./statistics.mjs";

/** @typedef {import("./compare.mjs").Compared} Compared */
/** @typedef {{ workload: string, name: string, milliseconds: number[], sampling: number[], offLosses: number }} NativeRun */
/** @typedef {{ processor: string, cores: number, runs: NativeRun[] }} Native */

/** @type {Record<string, string>} */
const NAMES = { w1: "W1", w2: "W2", w3: "W3", digits: "Digits, as the page trains them" };
/** @type {Record<string, string>} */
const ENGINES = { cpu: "CPU", webgpu: "WebGPU" };

/** @param {import("./bench.mjs").Report} report @param {Native | null} native */
export function markdown(report, native) {
  const { stamps, compare, start, memory, scale, studies, sizes } = report;
  const parts = [
    stamps.compare && compare.length > 0 && compared(compare, stamps.compare),
    native && natively(native),
    stamps.start && start.length > 0 && started(start, stamps.start),
    stamps.scale && scale && scaled(scale, stamps.scale),
    stamps.memory && memory.length > 0 && grown(memory, stamps.memory),
    stamps.studies && studies.length > 0 && laboratory(studies, stamps.studies),
    sized(sizes),
  ];
  return `# Benchmark

Written by \`cargo xtask bench\` (\`--quick\`: everybody must find the same losses, nothing is timed; \`--only=compare\`, \`start\`, \`memory\`, \`scale\`
or \`studies\`). All times are of one thread in a worker unless workers are named, without cross-origin isolation.

${parts.filter(Boolean).join("\n")}`;
}

/** @param {import("./bench.mjs").Stamp} stamp */
function when({ date, browser, processor }) {
  return `${date}, ${browser}, headless; ${processor}.`;
}

/** @param {Compared[]} all @param {import("./bench.mjs").Stamp} stamp */
function compared(all, stamp) {
  const { tfjs, jax } = stamp.libraries;
  /** @type {Record<string, string>} */
  const names = { ours: "ours", ours2: "ours, two workers", tfjs: `TensorFlow.js ${tfjs}`, jax: `jax-js ${jax}` };
  const cpu = all.filter(({ backend }) => backend === "cpu");
  const webgpu = all.filter(({ backend }) => backend === "webgpu");
  const rivals = (/** @type {Compared} */ { workload }) =>
    cpu.filter((run) => run.workload === workload && !run.library.startsWith("ours"));
  const rows = (
    /** @type {"milliseconds" | "sampling"} */ clock,
    /** @type {"processor" | "samplingProcessor"} */ processor,
  ) =>
    cpu.map((run) => [
      ...[
        names[run.library],
        ms(median(run[clock])),
        range(run[clock]),
        known(run[processor]) ? ms(median(run[processor])) : "",
      ],
      ...[ahead(run, rivals(run), clock), known(run[processor]) ? ahead(run, rivals(run), processor) : ""],
    ]);
  const stepRows = rows("milliseconds", "processor");
  const steps = cpu.map((run, i) => [
    ...[NAMES[run.workload], ...stepRows[i], rate(productsOfStep(run.workload), median(run.milliseconds))],
    ...[(run.first / 1000).toFixed(2), run.offLosses.toExponential(0)],
  ]);
  const sampleRows = rows("sampling", "samplingProcessor");
  const samples = cpu.map((run, i) => [
    `${NAMES[run.workload]}: ${run.samples.count} in ${run.samples.evaluations} steps`,
    ...[...sampleRows[i], rate(productsOfSampling(run.workload, run.samples), median(run.sampling))],
    run.offSamples.toExponential(0),
  ]);
  const counts = webgpu.map((run) => [
    ...[NAMES[run.workload], names[run.library], run.dispatches, run.submits, run.buffers, run.pipelines],
    ...[run.dispatchesSampling, run.submitsSampling, run.offLosses.toExponential(0)],
  ]);
  return `## Beside other libraries

${when(stamp)}

W1 is a training step at batch 1024 of a network with 2 + 64 inputs, three hidden layers of 256, SiLU, 2 outputs, by Adam; W2 the same with
layers of 128 and batch 256. W3 is the playground's U-Net for digits at batch 64, with the simple objective, on images of noise. The others
have the very same networks (benches/browser/peers/network.js) and begin with the weights and the batches that our engine recorded; what they
find on each must be what it found, and so must the samples of the networks trained that far. All draw their points on the way: ours
its batches, level and noise; theirs are uploaded beforehand, which is in their favour.

All take turns of about 0.6 s in one browser. Speed is how many times as long as the row's the fastest other library's steps took: the median over
rounds of the ratio to its turn in the same round, by the clock and by the processor time of the thread that was busiest. The latter does not
grow by what else the machine does; of two workers it is what a step takes where each has a processor, but for what they wait for each other.
GFLOP/s counts the multiplications and additions of the dense layers alone, over all of the time: a processor that does two multiplications and
two additions of four numbers in a cycle ends at 16 for each of its GHz, in WebAssembly without wider vectors.

${table(["", "library", "ms a step (median)", "ms (rounds)", "processor ms", "speed", "speed by processor time", "GFLOP/s", "first step (s)", "losses off"], steps)}

Convolutions of TensorFlow.js and jax-js are products with shifted copies in WASM: the first has no gradient of \`conv2d\` by its kernel there, and
the first step with \`lax.convGeneralDilated\`, compilation included, took several times as long as with these.

### Sampling

DDIM, with the network of the row.

${table(["", "library", "ms (median)", "ms (rounds)", "processor ms", "speed", "speed by processor time", "GFLOP/s", "samples off"], samples)}

### On WebGPU

The adapter here (${stamp.adapter}) computes on the CPU: its times mean nothing for a GPU. What it is asked to do is the same.

${table(["", "library", "dispatches a step", "submits", "buffers created", "pipelines", "dispatches an evaluation of DDIM", "submits", "losses off"], counts)}
`;
}

/** Inputs, hidden width and batch of the networks for points. @type {Record<string, { inputs: number, width: number, batch: number }>} */
const DENSE = { w1: { inputs: 66, width: 256, batch: 1024 }, w2: { inputs: 66, width: 128, batch: 256 } };

/** Multiplications and additions of one evaluation's products, for one point. @param {string} workload */
function products(workload) {
  const dense = DENSE[workload];
  if (!dense) return NaN;
  const { inputs, width } = dense;
  return 2 * (inputs * width + 2 * width * width + 2 * width);
}

/** Forward, and backward by weights and by all inputs but the first. @param {string} workload */
function productsOfStep(workload) {
  const { inputs, width, batch } = DENSE[workload] ?? { inputs: NaN, width: NaN, batch: NaN };
  return batch * (3 * products(workload) - 2 * inputs * width);
}

/** @param {string} workload @param {{ count: number, evaluations: number }} samples */
function productsOfSampling(workload, { count, evaluations }) {
  return products(workload) * count * evaluations;
}

/** Billions a second, or nothing where the products are not counted. @param {number} operations @param {number} milliseconds */
function rate(operations, milliseconds) {
  return Number.isNaN(operations) ? "" : (operations / milliseconds / 1e6).toFixed(1);
}

/** Whether a time was measured at all. @param {number[]} milliseconds */
function known(milliseconds) {
  return milliseconds.some((time) => time > 0);
}

/**
 * How many times as fast a run is as the fastest of `rivals`; nothing of these themselves.
 * @param {Compared} run @param {Compared[]} rivals @param {"milliseconds" | "processor" | "sampling" | "samplingProcessor"} clock
 */
function ahead(run, rivals, clock) {
  if (rivals.includes(run)) return "";
  return times(Math.min(...rivals.map((rival) => ratio(rival[clock], run[clock]))));
}

/** @param {Native} native */
function natively({ processor, cores, runs }) {
  const first = (/** @type {NativeRun} */ { workload }) =>
    /** @type {NativeRun} */ (runs.find((run) => run.workload === workload));
  const rows = runs.map((run) => [
    ...[NAMES[run.workload], run.name, ms(median(run.milliseconds)), range(run.milliseconds)],
    ...[
      times(ratio(run.milliseconds, first(run).milliseconds)),
      ms(median(run.sampling)),
      run.offLosses.toExponential(0),
    ],
  ]);
  return `## Natively

\`cargo bench --bench workloads\`, ${cores} x ${processor}. The same work, each in a process of its own, in turn; sampling is 10,000 points in 50
DDIM steps, for W3 16 digits in 20.

${table(["", "", "ms a step (median)", "ms (rounds)", "times the first", "ms to sample (median)", "losses off"], rows)}
`;
}

/** @param {import("./start.mjs").Started[]} all @param {import("./bench.mjs").Stamp} stamp */
function started(all, stamp) {
  const rows = all.map(({ name, cached, visits }) => {
    const seconds = (/** @type {"paint" | "moved" | "answers" | "trained"} */ what) =>
      (median(visits.map((visit) => visit[what])) / 1000).toFixed(2);
    return [
      ...[name, cached ? "again" : "first", seconds("paint"), seconds("moved"), seconds("answers"), seconds("trained")],
      (median(visits.map(({ bytes }) => bytes)) / 1000).toFixed(0),
    ];
  });
  return `## Start

${when(stamp)} Medians of ${all[0].visits.length} visits of a window of 390 by 844 pixels, in seconds since the address was opened, on the CPU engine. Train is pressed as
soon as there is such a button. The first visit finds nothing in the browser's store, the second one what the first left. The slower machine is
this one with the page's processes, workers included, halted three quarters of the time; files are sent compressed.

${table(["", "visit", "first paint", "first picture that moves", "a press is answered", "first training step", "kB sent"], rows)}
`;
}

/** @param {import("./scale.mjs").Scale} scale @param {import("./bench.mjs").Stamp} stamp */
function scaled(scale, stamp) {
  const cores = stamp.processor.split(" x ")[0];
  const rows = Object.entries(scale).flatMap(([along, dots]) =>
    dots.map(({ at, milliseconds }, i) => {
      const before = dots[i - 1];
      const growth = before && Math.log(median(milliseconds) / median(before.milliseconds)) / Math.log(at / before.at);
      return [
        i === 0 ? along : "",
        at,
        ms(median(milliseconds)),
        range(milliseconds),
        growth === undefined ? "" : growth.toFixed(2),
      ];
    }),
  );
  return `## Scale

${when(stamp)} The CPU engine: training as W2 (batch ${STILL.batch}, width ${STILL.width}) with one of the two changed; sampling ${STILL.points} points in ${STILL.steps} DDIM steps
by that network, with one of the two changed; and a step as W1 (batch ${SHARED.batch}, width ${SHARED.width}) by several workers. The exponent is that of the size in the cost since the row before: 0 where the size is free, 1
where the cost is in proportion to it.

![Cost by batch, width, points, steps and workers](bench-scale.svg)

${table(["", "size", "ms (median)", "ms (rounds)", "exponent"], rows)}

What a size should cost, to be held against the exponents:

- **Batch.** A step has a price without any points: the graph of gradients is built, Adam goes over all weights, the loss is read. The
  knee is where the points' own work outgrows it; from there on the exponent goes to 1.
- **Width.** Activations (SiLU, level features, copies) are in proportion to the width, products and Adam to its square: the exponent
  goes from the fixed price's 0 through 1 towards 2.
- **Points.** An evaluation has a price of its own as well, far smaller: nothing is differentiated. Beyond the knee, points cost alike, until
  a layer's activations (512 bytes a point here) no longer fit the processor's second cache.
- **DDIM steps.** No knee: a step is an evaluation, and nothing is shared between steps.
- **Workers.** Each has its part of the batch, and weights and gradients go back and forth in every step; Adam is one worker's. Beyond the
  number of processors (${cores}) there is nothing to gain.
`;
}

/** @param {import("./memory.mjs").Grown[]} runs @param {import("./bench.mjs").Stamp} stamp */
function grown(runs, stamp) {
  const rows = runs.flatMap(({ backend, workload, samples }) =>
    samples.map(({ step, wasm, live }) => [
      ...[NAMES[workload], ENGINES[backend], step, (wasm / 1e6).toFixed(1), backend === "cpu" ? "" : live],
    ]),
  );
  const paces = runs.map(({ backend, workload, milliseconds, first, dispatches, submits }) => [
    ...[NAMES[workload], ENGINES[backend], ms(milliseconds), (first / 1000).toFixed(2)],
    ...(backend === "cpu" ? ["", ""] : [dispatches, submits]),
  ]);
  return `## Memory over a run

${when(stamp)} A buffer counts as live until it is destroyed or the browser has collected it.

${table(["", "engine", "ms a step (mean)", "first step (s)", "dispatches", "submits"], paces)}

${table(["", "engine", "step", "wasm memory (MB)", "live GPU buffers"], rows)}
`;
}

/** @param {import("./lab.mjs").Timed[]} studies @param {import("./bench.mjs").Stamp} stamp */
function laboratory(studies, stamp) {
  const rows = studies.map(({ study, first, whole, frames, late, longest, blocked }) => [
    ...[
      study,
      (first / 1000).toFixed(2),
      (whole / 1000).toFixed(1),
      frames,
      late,
      longest.toFixed(0),
      blocked.toFixed(0),
    ],
  ]);
  return `## The laboratory

${when(stamp)} Every study with its default settings, on the CPU engine. A frame is late when it comes more than half a frame after its time; the
page's own thread is blocked when it is busy for more than 50 ms at a time.

${table(["study", "first rows (s)", "whole (s)", "frames", "late", "longest frame (ms)", "blocked (ms)"], rows)}
`;
}

/** @param {import("./bench.mjs").Report["sizes"]} sizes */
function sized(sizes) {
  const kilo = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(0)} kB`;
  const rows = Object.entries(sizes).map(([name, { raw, gzip }]) => [name, kilo(raw), kilo(gzip)]);
  return `## Sizes

${table(["", "raw", "gzip"], rows)}
`;
}

/** Three digits. @param {number} milliseconds */
function ms(milliseconds) {
  return milliseconds.toFixed(Math.max(0, 2 - Math.floor(Math.log10(milliseconds))));
}

/** @param {number[]} milliseconds */
function range(milliseconds) {
  return `${ms(Math.min(...milliseconds))} to ${ms(Math.max(...milliseconds))}`;
}

/** @param {number} ratio */
function times(ratio) {
  return ratio.toFixed(2);
}

/** @param {string[]} head @param {(string | number)[][]} rows */
function table(head, rows) {
  const cell = (/** @type {string | number} */ value) =>
    typeof value === "number" && !Number.isInteger(value) ? value.toFixed(1) : value;
  const line = (/** @type {(string | number)[]} */ cells) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map((_, column) => (column < 2 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}
