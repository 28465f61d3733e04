// @ts-check
/** What an engine's work costs by its size, as five panels on logarithmic axes. */
import { median } from "./statistics.mjs";

/** @typedef {{ text: string, y: string, falls?: boolean }} Panel what falls is shared, and should take as much less time */
/** @type {Record<import("./scale.mjs").Along, Panel>} */
const PANELS = {
  batch: { text: "batch", y: "ms a training step" },
  width: { text: "width of the hidden layers", y: "ms a training step" },
  points: { text: "points sampled", y: "ms to sample" },
  steps: { text: "DDIM steps", y: "ms to sample" },
  workers: { text: "workers", y: "ms a training step", falls: true },
};
const [WIDTH, HEIGHT] = [420, 300];
const MARGIN = { left: 62, right: 16, top: 16, bottom: 46 };

/** @param {import("./scale.mjs").Scale} scale */
export function plot(scale) {
  const panels = Object.entries(PANELS).map(([along, panel], i) => {
    const dots = scale[/** @type {import("./scale.mjs").Along} */ (along)];
    const [x, y] = [(i % 2) * WIDTH, Math.floor(i / 2) * HEIGHT];
    return `<g transform="translate(${x} ${y})">${drawn(dots, panel)}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH} ${3 * HEIGHT}" font-family="sans-serif" font-size="12">
<style>text { fill: #444 } .axis { stroke: #aaa } .line { stroke: #2563eb; fill: none; stroke-width: 1.5 } .dot { fill: #2563eb } .ideal { stroke: #bbb; stroke-dasharray: 4 4 }
@media (prefers-color-scheme: dark) { text { fill: #bbb } .axis { stroke: #666 } .ideal { stroke: #555 } .line { stroke: #7aa2ff } .dot { fill: #7aa2ff } }</style>
${panels.join("\n")}
</svg>
`;
}

/** The medians, whiskers from the least to the largest, and a dashed line in proportion to the size through the last, or against it through the first. @param {import("./scale.mjs").Dot[]} dots @param {Panel} panel */
function drawn(dots, { text, y, falls }) {
  const sizes = dots.map(({ at }) => at);
  const times = dots.flatMap(({ milliseconds }) => milliseconds);
  const [fromX, toX] = [Math.min(...sizes), Math.max(...sizes)];
  const [fromY, toY] = [
    10 ** Math.floor(Math.log10(Math.min(...times))),
    10 ** Math.ceil(Math.log10(Math.max(...times))),
  ];
  const [right, bottom] = [WIDTH - MARGIN.right, HEIGHT - MARGIN.bottom];
  const across = (/** @type {number} */ size) =>
    MARGIN.left + (Math.log(size / fromX) / Math.log(toX / fromX)) * (right - MARGIN.left);
  const up = (/** @type {number} */ time) =>
    bottom - (Math.log(time / fromY) / Math.log(toY / fromY)) * (bottom - MARGIN.top);
  const at = (/** @type {number} */ size, /** @type {number} */ time) =>
    `${across(size).toFixed(1)} ${up(time).toFixed(1)}`;

  const points = dots.map((dot) => ({ size: dot.at, time: median(dot.milliseconds), all: dot.milliseconds }));
  const last = points[points.length - 1];
  const start = Math.max(fromX, (last.size * fromY) / last.time);
  const [first] = points;
  const ideal = falls
    ? [at(first.size, first.time), at(toX, Math.max(fromY, (first.time * first.size) / toX))]
    : [at(start, (last.time * start) / last.size), at(last.size, last.time)];
  const decades = [];
  for (let tick = fromY; tick <= toY * 1.01; tick *= 10) decades.push(tick);
  return [
    `<path class="ideal" d="M${ideal.join(" L")}"/>`,
    `<path class="axis" fill="none" d="M${MARGIN.left} ${MARGIN.top} V${bottom} H${right}"/>`,
    ...sizes.map(
      (size) => `<text x="${across(size).toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${size}</text>`,
    ),
    ...decades.map(
      (tick) => `<text x="${MARGIN.left - 6}" y="${(up(tick) + 4).toFixed(1)}" text-anchor="end">${tick}</text>`,
    ),
    `<text x="${(MARGIN.left + right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${text}</text>`,
    `<text transform="translate(14 ${(MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${y}</text>`,
    `<path class="line" d="M${points.map(({ size, time }) => at(size, time)).join(" L")}"/>`,
    ...points.map(
      ({ size, all }) => `<path class="line" d="M${at(size, Math.min(...all))} L${at(size, Math.max(...all))}"/>`,
    ),
    ...points.map(
      ({ size, time }) => `<circle class="dot" r="3" cx="${across(size).toFixed(1)}" cy="${up(time).toFixed(1)}"/>`,
    ),
  ].join("\n");
}
