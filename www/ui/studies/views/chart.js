/** The chart itself; its library comes with the first study that draws one. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { colour } from "../../controls/colour.js";
import { drawChart } from "./chart-file.js";
import { COLOURS } from "./colours.js";
import { drawable, drawMarks } from "./marks.js";
import { superscript, text } from "./numbers.js";
import { painters } from "./vectors.js";

/**
 * @typedef {import("./curves.js").Curve} Curve
 * @typedef {{ curve: number, point: number, left: number, top: number, right: boolean }} Near
 */

const HEIGHT = 320;
/** Room for slopes at the ends of curves. */
const SLOPE = 44;
/** How near the pointer must come to a point, in pixels. */
const REACH = 28;
const DASHES = { measured: [], theory: [7, 5], other: [2, 4] };

/** Powers of ten, with 2 and 5 between where there is room. @param {number} min @param {number} max */
function decades(min, max) {
  const [low, high] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  const digits = max / min < 12 ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : high - low <= 3 ? [1, 2, 5] : [1];
  const step = Math.max(1, Math.ceil((high - low) / 8));
  const all = [];
  for (let power = low; power <= high; power += step) for (const digit of digits) all.push(digit * 10 ** power);
  return all.filter((value) => value >= min * 0.999 && value <= max * 1.001);
}

/** Doublings, where an axis counts. @param {number} min @param {number} max */
function doublings(min, max) {
  const all = [];
  for (let value = 1; value <= max * 1.001; value *= 2) if (value >= min * 0.999) all.push(value);
  return all;
}

/** @param {number} value */
function tick(value) {
  const power = Math.log10(Math.abs(value));
  if (value !== 0 && Number.isInteger(Math.round(power * 1e9) / 1e9) && (power < -2 || power > 3))
    return `10${superscript(String(Math.round(power)))}`;
  // As short as it can be: what is longer would be cut at the axis.
  return text(value).replace(/\.?0* × /, "·");
}

export class Chart {
  /** @type {uPlot | null} */
  #plot = null;
  /** @type {Curve[]} */
  #curves = [];
  #shape = "";
  /** Of each axis, as last drawn. @type {import("./chart-file.js").Ticks[]} */
  #ticks = [];
  #ended = false;

  /**
   * @param {HTMLElement} box
   * @param {Extract<import("../../../generated/studies").View, { kind: "lines" | "dots" }>} view
   * @param {string} label of the axis across; the other's stands above the chart, where there is room for it
   * @param {(near: Near | null) => void} onNear
   */
  constructor(box, view, label, onNear) {
    this.box = box;
    this.view = view;
    this.label = label;
    this.onNear = onNear;
    /** @type {[boolean, boolean]} */
    this.log = view.kind === "lines" ? view.log : [false, false];
    const tokens = [
      "--ink",
      "--ink-2",
      "--line",
      "--paper",
      ...Array.from({ length: COLOURS }, (_, i) => `--curve-${i + 1}`),
    ];
    this.ink = Object.fromEntries(tokens.map((name) => [name, colour(box, name)]));
    this.family = getComputedStyle(box).fontFamily;
    this.font = `12px ${this.family}`;
    this.observer = new ResizeObserver(() => this.#plot?.setSize(this.#size()));
    this.observer.observe(box);
    painters.set(box, (ctx) => this.#paint(ctx));
  }

  destroy() {
    this.#ended = true;
    painters.delete(this.box);
    this.observer.disconnect();
    this.#plot?.destroy();
    this.#plot = null;
  }

  #size() {
    const width = Math.max(200, this.box.clientWidth);
    return { width, height: this.view.kind === "dots" ? Math.min(width, 460) : HEIGHT };
  }

  /** @param {Curve[]} curves */
  draw(curves) {
    // Its successor, which is on its way, has the box then.
    if (this.#ended) return;
    const shown = (/** @type {Curve} */ curve, /** @type {number} */ i) => drawable(this.log, curve, i);
    this.#curves = curves;
    const xs = [...new Set(curves.flatMap((curve) => curve.x.filter((_, i) => shown(curve, i))))].sort((a, b) => a - b);
    const place = new Map(xs.map((x, i) => [x, i]));
    const columns = curves.map((curve) => {
      /** @type {(number | null)[]} */
      const column = new Array(xs.length).fill(null);
      curve.x.forEach((x, i) => {
        const at = place.get(x);
        if (at !== undefined && shown(curve, i)) column[at] = curve.y[i];
      });
      return column;
    });
    const data = /** @type {uPlot.AlignedData} */ ([xs, ...columns]);
    const shape = curves.map(({ name, line, colour }) => `${name}/${line}/${colour}`).join("|");
    if (this.#plot && shape === this.#shape) {
      this.#plot.setData(data);
      return;
    }
    this.#shape = shape;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(curves), data, this.box);
    const { over } = this.#plot;
    over.addEventListener("pointermove", (event) => this.#seek(event));
    over.addEventListener("pointerdown", (event) => this.#seek(event));
    over.addEventListener("pointerleave", () => this.onNear(null));
  }

  /** The ends of all uncertainties of the axis up: a bar is seen whole. @returns {[number, number] | null} */
  #reach() {
    const ends = this.#curves.flatMap(({ line, y, error }) =>
      line === "measured" && error
        ? y.flatMap((value, i) => (Number.isFinite(error[i]) ? [value - error[i], value + error[i]] : []))
        : [],
    );
    const shown = this.log[1] ? ends.filter((end) => end > 0) : ends;
    return shown.length ? [Math.min(...shown), Math.max(...shown)] : null;
  }

  /** @param {Curve[]} curves @returns {uPlot.Options} */
  #options(curves) {
    const { ink, font, log, label } = this;
    const other = curves.some(({ line }) => line === "other");
    const axis = {
      stroke: ink["--ink-2"],
      font,
      labelFont: `13px ${this.family}`,
      labelSize: 20,
      ticks: { show: false },
      gap: 5,
    };
    const grid = { stroke: ink["--line"], width: 1 };
    const counts = /evaluations|steps/i.test(label);
    const splits = (/** @type {boolean} */ is, count = false) =>
      is
        ? {
            splits: (
              /** @type {uPlot} */ _,
              /** @type {number} */ __,
              /** @type {number} */ min,
              /** @type {number} */ max,
            ) => (count ? doublings(min, max) : decades(min, max)),
          }
        : {};
    // The library would leave out labels of its own accord.
    const filter = (/** @type {uPlot} */ _, /** @type {number[]} */ all) => all;
    const values = (/** @type {uPlot} */ _, /** @type {number[]} */ all, /** @type {number} */ index) => {
      const texts = all.map((value) => (value === null ? "" : tick(value)));
      this.#ticks[index] = all.map((value, i) => ({ value, text: texts[i] }));
      return texts;
    };
    /** @param {boolean} is @param {() => [number, number] | null} [reach] of uncertainties @returns {uPlot.Scale} */
    const scale = (is, reach = () => null) => ({
      time: false,
      distr: is ? 3 : 1,
      range: (_, least, most) => {
        const bars = reach();
        const [min, max] = bars ? [Math.min(least, bars[0]), Math.max(most, bars[1])] : [least, most];
        if (least === null || most === null || !Number.isFinite(least)) return is ? [0.1, 1] : [0, 1];
        if (is) return [min / (max / min) ** 0.04 / 1.05, max * (max / min) ** 0.04 * 1.05];
        const pad = 0.05 * (max - min || Math.abs(max) || 1);
        return [min - pad, max + pad];
      },
    });
    return {
      ...this.#size(),
      legend: { show: false },
      cursor: { drag: { x: false, y: false, setScale: false }, points: { show: false }, x: false, y: false },
      padding: [10, other ? 0 : this.view.kind === "lines" && this.view.slopes ? SLOPE : 14, 0, 0],
      scales: { x: scale(log[0]), y: scale(log[1], () => this.#reach()), other: scale(false) },
      axes: [
        { ...axis, label, grid, size: 30, values, filter, ...splits(log[0], counts) },
        { ...axis, grid, size: 52, values, filter, ...splits(log[1]) },
        ...(other
          ? [
              {
                ...axis,
                scale: "other",
                side: 1,
                grid: { show: false },
                size: 44,
                values,
                label: curves.find(({ line }) => line === "other")?.name ?? "",
              },
            ]
          : []),
      ],
      series: [
        {},
        ...curves.map(({ line, colour: index }) => ({
          scale: line === "other" ? "other" : "y",
          stroke: ink[`--curve-${index + 1}`],
          width: this.view.kind === "dots" ? 0 : line === "measured" ? 2 : 1.5,
          dash: DASHES[line],
          spanGaps: true,
          points: { show: false },
          ...(this.view.kind === "dots" ? { paths: () => null } : {}),
        })),
      ],
      hooks: { draw: [(plot) => drawMarks(this.#plane(plot, plot.ctx, true), this.#curves)] },
    };
  }

  /** @param {uPlot} plot @param {CanvasRenderingContext2D} ctx @param {boolean} device whether in pixels of the screen, else of CSS @returns {import("./marks.js").Plane} */
  #plane(plot, ctx, device) {
    const [own, over] = [this.box.getBoundingClientRect(), plot.over.getBoundingClientRect()];
    const [left, top] = [over.left - own.left, over.top - own.top];
    const { width, height } = over;
    return {
      ctx,
      ratio: device ? devicePixelRatio || 1 : 1,
      box: device ? plot.bbox : { left, top, width, height },
      at: (value, scale) => plot.valToPos(value, scale, device) + (device ? 0 : scale === "x" ? left : top),
      log: this.log,
      dots: this.view.kind === "dots",
      colour: ({ colour: index }) => this.ink[`--curve-${index + 1}`],
      family: this.family,
    };
  }

  /** For files. @param {CanvasRenderingContext2D} ctx */
  #paint(ctx) {
    const plot = this.#plot;
    if (!plot) return;
    const [x = [], y = [], other = []] = this.#ticks;
    const right = this.#curves.find(({ line }) => line === "other");
    drawChart(this.#plane(plot, ctx, false), this.#curves, {
      label: this.label,
      x,
      y,
      other: right ? { label: right.name, ticks: other } : null,
      ink: { text: this.ink["--ink-2"], grid: this.ink["--line"] },
      dash: DASHES,
    });
  }

  /** @param {PointerEvent} event */
  #seek(event) {
    const plot = this.#plot;
    if (!plot) return;
    const { left, top, width } = plot.over.getBoundingClientRect();
    const [px, py] = [event.clientX - left, event.clientY - top];
    let best = REACH ** 2;
    /** @type {Near | null} */
    let near = null;
    this.#curves.forEach((curve, index) => {
      const scale = curve.line === "other" ? "other" : "y";
      for (let i = 0; i < curve.x.length; i++) {
        if ((this.log[0] && curve.x[i] <= 0) || (this.log[1] && scale === "y" && curve.y[i] <= 0)) continue;
        const x = plot.valToPos(curve.x[i], "x");
        const y = plot.valToPos(curve.y[i], scale);
        const distance = (x - px) ** 2 + (y - py) ** 2;
        if (distance >= best) continue;
        best = distance;
        near = {
          curve: index,
          point: i,
          left: x + plot.over.offsetLeft,
          top: y + plot.over.offsetTop,
          right: x > width / 2,
        };
      }
    });
    this.onNear(near);
  }
}
