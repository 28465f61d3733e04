// @ts-check
/** What a soak found: its curve, and its beginning beside its end in words. */
import { median } from "./statistics.mjs";

/** @typedef {import("./soak.mjs").Soaked} Soaked */
/** @typedef {import("./soak.mjs").Sample} Sample */

const MEGA = 1e6;
/** @type {[name: string, unit: string, value: (sample: Sample) => number][]} */
const CURVES = [
  ["page’s JavaScript", "MB", ({ heap }) => heap / MEGA],
  ["engine’s memory", "MB", ({ wasm }) => wasm / MEGA],
  ["between two frames, median", "ms", ({ frame }) => frame[0]],
  ["GPU buffers", "", ({ buffers }) => buffers],
];
const [WIDTH, HEIGHT] = [420, 200];
const MARGIN = { left: 52, right: 12, top: 30, bottom: 30 };
/** Seconds without a sample in which the other engine had its turn. */
const BREAK = 60;
const COLOURS = { cpu: "own", webgpu: "other" };

/** @param {Soaked[]} all */
export function svg(all) {
  const panels = CURVES.map(([name, unit, value], i) => {
    const [x, y] = [(i % 2) * WIDTH, Math.floor(i / 2) * HEIGHT];
    return `<g transform="translate(${x} ${y})">${panel(all, `${name}${unit && `, ${unit}`}`, value)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH} ${2 * HEIGHT + 20}" font-family="sans-serif" font-size="12">
<style>text { fill: #444 } .axis { stroke: #aaa } path { fill: none } .own { stroke: #2563eb } .other { stroke: #c2410c }
@media (prefers-color-scheme: dark) { text { fill: #bbb } .axis { stroke: #666 } .own { stroke: #7aa2ff } .other { stroke: #ff9a5c } }</style>
${panels.join("\n")}
<path class="own" d="M${MARGIN.left} ${2 * HEIGHT + 8} h24"/><text x="${MARGIN.left + 30}" y="${2 * HEIGHT + 12}">CPU engine</text>
<path class="other" d="M${MARGIN.left + 130} ${2 * HEIGHT + 8} h24"/><text x="${MARGIN.left + 160}" y="${2 * HEIGHT + 12}">WebGPU engine</text>
</svg>
`;
}

/** @param {Soaked[]} all @param {string} title @param {(sample: Sample) => number} value */
function panel(all, title, value) {
  const values = all.flatMap(({ samples }) => samples.map(value));
  const seconds = Math.max(1, ...all.flatMap(({ samples }) => samples.map(({ second }) => second)));
  const most = Math.max(1, ...values) * 1.05;
  const [right, bottom] = [WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom];
  const lines = all.map(({ backend, samples }) => {
    const points = samples.map((sample, i) => {
      const x = MARGIN.left + (sample.second / seconds) * (right - MARGIN.left);
      const y = bottom - (value(sample) / most) * (bottom - MARGIN.top);
      const goesOn = i > 0 && sample.second - samples[i - 1].second < BREAK;
      return `${goesOn ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    return points.length ? `<path class="${COLOURS[backend]}" d="${points.join(" ")}"/>` : "";
  });
  return [
    `<text x="${MARGIN.left}" y="16">${title}</text>`,
    `<path class="axis" d="M${MARGIN.left} ${MARGIN.top} V${bottom} H${right}"/>`,
    `<text x="${MARGIN.left - 6}" y="${MARGIN.top + 8}" text-anchor="end">${most < 10 ? most.toFixed(1) : Math.round(most)}</text>`,
    `<text x="${MARGIN.left - 6}" y="${bottom + 4}" text-anchor="end">0</text>`,
    `<text x="${right}" y="${bottom + 16}" text-anchor="end">${(seconds / 60).toFixed(0)} min</text>`,
    ...lines,
  ].join("\n");
}

/** @param {Soaked[]} all */
export function markdown(all) {
  const [{ date, browser }] = all;
  const rows = all.flatMap(({ backend, samples }) => {
    const fifth = Math.max(1, Math.floor(samples.length / 5));
    return /** @type {const} */ ([
      ["first fifth", samples.slice(0, fifth)],
      ["last fifth", samples.slice(-fifth)],
    ]).map(([when, part]) => {
      const of = (/** @type {(sample: Sample) => number} */ value) => median(part.map(value));
      const worst = Math.max(...part.map(({ frame }) => frame[1]));
      const cells = [
        backend === "cpu" ? "CPU" : "WebGPU",
        when,
        (of(({ heap }) => heap) / MEGA).toFixed(1),
        (of(({ wasm }) => wasm) / MEGA).toFixed(1),
        of(({ nodes }) => nodes).toFixed(0),
        of(({ listeners }) => listeners).toFixed(0),
        of(({ buffers }) => buffers).toFixed(0),
        `${of(({ frame }) => frame[0]).toFixed(0)} (${worst.toFixed(0)})`,
      ];
      return `| ${cells.join(" | ")} |`;
    });
  });
  const ends = all.map(({ backend, minutes, adapter, samples, faults, resumed }) => {
    const last = samples[samples.length - 1];
    const wild = samples.filter(({ loss }) => loss !== null && !Number.isFinite(loss)).length;
    const on = adapter ? ` on ${adapter}` : "";
    const steps = resumed.map((step) => step.toLocaleString("en")).join(" and ");
    const back = steps ? ` Runs of the other engine went on from step ${steps}.` : "";
    return `- **${backend === "cpu" ? "CPU" : "WebGPU"}**${on}: ${minutes.toFixed(1)} minutes, ${last.steps.toLocaleString("en")} training steps, ${last.sampled.toLocaleString("en")} lanes sampled, losses that are no number: ${wild}; faults: ${faults.length ? faults.join("; ") : "none"}.${back}`;
  });
  return `# Soak

Written by \`cargo xtask soak\` on ${date}: Chromium ${browser}, headless. One tab is kept busy: it trains, samples, changes steps and data in turn. After
each of these it is asked what it holds, once garbage is collected. The engines take turns of a quarter of the time; the page is loaded anew only for the
other one, and goes on with the run that was kept. An engine's memory never shrinks: it rises with the first run of the largest network, that of digits,
and should not rise with a later one. Buffers are those that were made and not destroyed, among them those that nobody holds and the browser has yet to
collect. Numbers are medians; of the milliseconds between two frames, the worst in brackets.

${ends.join("\n")}

| engine | when | page’s JavaScript, MB | engine’s memory, MB | nodes | listeners | GPU buffers | ms between frames |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join("\n")}

![Memory and frame times over the run](soak.svg)
`;
}
