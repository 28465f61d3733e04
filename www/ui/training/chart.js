/** The loss chart itself. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export const HEIGHT = 190;

/** Of the first and the second kept run that is compared; the key says so in words. */
const DASHES = [
  [8, 3],
  [2, 3],
];

/** @typedef {import("../../store/run/losses.js").Losses} Losses */
/** @typedef {{ losses: Losses }} Other a kept run */

/**
 * Steps; velocity, turn, flow map; all smoothed; the least that the first can be; velocity and flow map of each other run, smoothed.
 * @param {Losses} own @param {number | null} floor @param {Other[]} others @returns {import("uplot").AlignedData}
 */
export function columns({ step, noise, turn, map, noiseSmooth, turnSmooth, mapSmooth }, floor, others) {
  const table = [step, noise, turn, map, noiseSmooth, turnSmooth, mapSmooth, step.map(() => floor)];
  if (!others.length) return /** @type {import("uplot").AlignedData} */ (table);
  const more = others.map(({ losses }) => [losses.step, losses.noiseSmooth, losses.mapSmooth]);
  return uPlot.join(/** @type {import("uplot").AlignedData[]} */ ([table, ...more]));
}

/** 1, 2, 5, 10 and so on, between two limits. @param {number} min @param {number} max */
function round(min, max) {
  const all = [];
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++)
    for (const digit of [1, 2, 5]) all.push(digit * 10 ** power);
  return all.filter((value) => value >= min * 0.999 && value <= max * 1.001);
}

/**
 * @param {HTMLElement} box
 * @param {import("uplot").AlignedData} data as of `columns`
 * @param {Other[]} others
 * @param {{ warm: string, cool: string, third: string, ink: string, line: string, font: string }} colours
 */
export function makeChart(box, data, others, colours) {
  /** @param {string} stroke @param {number} width @param {number} alpha @returns {import("uplot").Series} */
  const series = (stroke, width, alpha) => ({ stroke, width, alpha, points: { show: false }, spanGaps: true });
  const axis = {
    stroke: colours.ink,
    font: colours.font,
    labelFont: colours.font,
    labelSize: 16,
    ticks: { show: false },
    gap: 4,
  };
  return new uPlot(
    {
      width: box.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      // The last label is as wide as a number of steps.
      padding: [6, 28, 0, 0],
      scales: {
        x: { time: false },
        // Without a loss, as after a run was taken back to its start, there is no range.
        y: { distr: 3, range: (_, min, max) => (min > 0 ? [min * 0.9, Math.max(max, min * 1.5) * 1.1] : [0.1, 1]) },
      },
      axes: [
        {
          ...axis,
          label: "training step",
          grid: { show: false },
          size: 20,
          values: (_, values) => values.map((value) => value.toLocaleString("en")),
        },
        {
          ...axis,
          label: "squared error",
          grid: { stroke: colours.line, width: 1 },
          size: 38,
          splits: (_, __, min, max) => round(min, max),
          values: (_, values) => values.map((value) => (value === null ? "" : String(Number(value.toPrecision(2))))),
        },
      ],
      series: [
        {},
        series(colours.warm, 1, 0.25),
        series(colours.cool, 1, 0.25),
        series(colours.third, 1, 0.25),
        series(colours.warm, 2, 1),
        series(colours.cool, 2, 1),
        series(colours.third, 2, 1),
        { ...series(colours.ink, 1.5, 1), dash: [6, 4] },
        ...others.flatMap((_, i) =>
          [colours.warm, colours.third].map((stroke) => ({ ...series(stroke, 2, 1), dash: DASHES[i] })),
        ),
      ],
    },
    data,
    box,
  );
}
