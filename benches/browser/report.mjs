// @ts-check

/**
 * The report as Markdown.
 * @param {import("./bench.mjs").Report} report
 */
export function markdown({ date, browser, processor, runs, studies, sizes }) {
  const adapter = runs.find((run) => run.backend === "webgpu")?.adapter ?? "none";
  const steps = runs.map((run) => [
    names[run.workload],
    run.backend === "cpu" ? "CPU" : "WebGPU",
    median(run.milliseconds).toFixed(1),
    `${Math.min(...run.milliseconds).toFixed(1)} to ${Math.max(...run.milliseconds).toFixed(1)}`,
    ...(run.backend === "cpu" ? ["", "", ""] : [run.dispatches, run.submits, run.buffers].map((n) => n.toFixed(1))),
    (run.first / 1000).toFixed(2),
    run.backend === "cpu" ? "" : run.pipelines,
  ]);
  const memory = runs
    .filter((run) => run.growth.length > 0)
    .flatMap((run) =>
      picked(run.growth).map((sample) => [
        names[run.workload],
        run.backend === "cpu" ? "CPU" : "WebGPU",
        sample.step,
        (sample.wasm / 1e6).toFixed(1),
        run.backend === "cpu" ? "" : sample.live,
      ]),
    );
  const sampling = runs.flatMap(({ backend, workload, sampling }) =>
    sampling
      ? [
          [
            `${names[workload]}: ${sampling.images} images, ${sampling.evaluations} evaluations`,
            backend === "cpu" ? "CPU" : "WebGPU",
            median(sampling.milliseconds).toFixed(0),
            `${Math.min(...sampling.milliseconds).toFixed(0)} to ${Math.max(...sampling.milliseconds).toFixed(0)}`,
            ...(backend === "cpu" ? ["", ""] : [sampling.dispatches, sampling.submits].map((n) => n.toFixed(0))),
          ],
        ]
      : [],
  );
  const laboratory = studies.map(({ study, first, whole, frames, late, longest, blocked }) => [
    study,
    (first / 1000).toFixed(2),
    (whole / 1000).toFixed(1),
    frames,
    late,
    longest.toFixed(0),
    blocked.toFixed(0),
  ]);
  const files = Object.entries(sizes).map(([name, { raw, gzip }]) => [name, kilo(raw), kilo(gzip)]);
  return `# Benchmark

Written by \`cargo xtask bench\` on ${date}: ${browser}, headless; ${processor}; WebGPU adapter: ${adapter}.

W1 is a training step at batch 1024 of a network with 2 + 64 inputs, three hidden layers of 256, SiLU, 2 outputs, by Adam;
W2 the same with layers of 128 and batch 256. Digits are the playground's own network and settings for handwritten digits, at batch
64, with the simple and with the accelerated objective, on images of noise. The CPU engine has one thread.

${table(["", "engine", "ms a step (median)", "ms (batches)", "dispatches", "submits", "buffers created", "first step (s)", "pipelines"], steps)}

On a software adapter (SwiftShader) the times of WebGPU mean nothing for a real GPU; the counts do.

## Sampling digits

By DDIM, all ten classes in turn.

${table(["", "engine", "ms (median)", "ms (rounds)", "dispatches", "submits"], sampling)}

## Memory over a run

${table(["", "engine", "step", "wasm memory (MB)", "live GPU buffers"], memory)}

A buffer counts as live until it is destroyed or the browser has collected it.

## The laboratory

Every study with its default settings, on the CPU engine. A frame is late when it comes more than half a frame after its time; the
page's own thread is blocked when it is busy for more than 50 ms at a time.

${table(["study", "first rows (s)", "whole (s)", "frames", "late", "longest frame (ms)", "blocked (ms)"], laboratory)}

## Sizes

${table(["", "raw", "gzip"], files)}
`;
}

/** @type {Record<import("./worker.js").Task["workload"], string>} */
const names = { w1: "W1", w2: "W2", digits_simple: "Digits, simple", digits_accelerated: "Digits, accelerated" };

/**
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 */
function table(head, rows) {
  const line = (/** @type {(string | number)[]} */ cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, column) => (column < 2 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

/** Ten samples spread over the run. @template T @param {T[]} samples */
function picked(samples) {
  const last = samples.length - 1;
  const places = Array.from({ length: 11 }, (_, i) => Math.round((i * last) / 10));
  return [...new Set(places)].map((place) => samples[place]);
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

/** @param {number} bytes */
function kilo(bytes) {
  return `${(bytes / 1000).toFixed(0)} kB`;
}
