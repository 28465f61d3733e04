/** A lane's picture: its points or digits at the moment that the clock shows. */

import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { phase } from "../../store/engine.js";
import { arrows, computeField } from "../../store/lanes/field.js";
import { around, arriving, data, denoisedAt, distanceAt, shown, sigmaAt } from "../../store/lanes/lanes.js";
import { playing, position, veil, visible } from "../../store/player.js";
import { settings } from "../../store/settings/settings.js";
import { LANES, laneName, samplerName, sourceName } from "../lanes/names.js";
import { counted, distanceText, sigmaText } from "../text.js";
import { DigitGrid } from "./digits.js";
import { drawField, drawPaths, FIELD_REACH } from "./overlays.js";
import { Picker } from "./picker.jsx";
import { GLOWS, Splat } from "./splat.js";

const PIXELS = 620_000; // of one lane's picture at most: more would cost frames where the CPU draws
const ARROW = 22; // CSS pixels from one arrow to the next

/** A number for each pass, so that arrows of an older one are requested for anew. */
const passes = new WeakMap();
let lastPass = 0;
/** @param {import("../../store/lanes/lanes.js").Lane} lane */
function passOf(lane) {
  if (!passes.has(lane)) passes.set(lane, ++lastPass);
  return passes.get(lane);
}

/** @param {import("../../store/lanes/lanes.js").Lane} lane */
const leastSigma = (lane) =>
  lane.sigmas.reduce((least, sigma) => (sigma > 0 && sigma < least ? sigma : least), Infinity);

/** Calls back when the screen has other pixels: a zoom, or a window moved to another screen. @param {() => void} changed @returns {() => void} what ends it */
function onPixelRatio(changed) {
  const ended = new AbortController();
  const listen = () => {
    const now = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const follow = () => {
      changed();
      listen();
    };
    now.addEventListener("change", follow, { once: true, signal: ended.signal });
  };
  listen();
  return () => ended.abort();
}

/** @param {{ index: number }} props */
export function Picture({ index }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const [grid, setGrid] = useState(/** @type {import("./digits.js").Place | null} */ (null));
  useEffect(() => {
    if (!canvas.current || !box.current) return;
    return paint(index, canvas.current, box.current, setGrid);
  }, [index]);
  const lane = shown.value[index];
  return (
    <div ref={box} class={`lane-view${arriving.value !== null && phase.value === "live" ? " is-waiting" : ""}`}>
      <canvas ref={canvas} role="img" aria-label={laneName(settings.value.lanes, index)} />
      {grid && settings.value.data === "digits" && lane?.kind === "images" && <Picker index={index} grid={grid} />}
      {!lane && (
        <p class="lane-empty">
          {phase.value === "starting"
            ? "The engine is starting."
            : phase.value === "failed"
              ? "The engine could not start."
              : "Points will appear here."}
        </p>
      )}
    </div>
  );
}

/**
 * Keeps one canvas up to date. Returns what ends it.
 * @param {number} index @param {HTMLCanvasElement} canvas @param {HTMLElement} box
 * @param {(grid: import("./digits.js").Place | null) => void} onGrid hears where the images lie, when that changes
 */
function paint(index, canvas, box, onGrid) {
  const glow = GLOWS[LANES[index]];
  const colour = glow.tone.join(" ");
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const splat = new Splat(glow, context);
  const digits = new DigitGrid(glow);
  /** @type {unknown} */
  let under = null;
  let requested = 0;
  let lastRequest = "";
  let timer = 0;
  let lastPlace = "";

  /** Asks for the arrows at this moment: not more than a few times a second, and the last moment always. @param {number} sigma */
  function wantField(sigma) {
    const lane = shown.peek()[index];
    const what = `${sigma.toPrecision(2)} of ${lane ? passOf(lane) : 0}`;
    if (what === lastRequest && arrows.peek().has(index)) return;
    window.clearTimeout(timer);
    const wait = requested + 220 - performance.now();
    if (phase.peek() !== "live") return;
    if (wait > 0) {
      timer = window.setTimeout(draw, wait);
      return;
    }
    requested = performance.now();
    lastRequest = what;
    const across = (2 * FIELD_REACH * splat.scale * box.clientWidth) / canvas.width;
    const side = Math.max(12, Math.min(32, Math.round(across / ARROW)));
    computeField(index, sigma, side, side);
  }

  function fit() {
    const { width, height } = box.getBoundingClientRect();
    if (width < 2 || height < 2) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2, Math.sqrt(PIXELS / (width * height)));
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (splat.resize(w, h, ratio)) {
      under = null;
      draw();
    }
  }

  function draw() {
    const lane = shown.peek()[index];
    const background = data.peek();
    const { paths, field, predicted, morph } = settings.peek();
    const place = position.peek();
    const opacity = veil.peek();
    if (canvas.width < 2) return;
    const flat = lane?.kind !== "images";
    if (under !== background) {
      under = background;
      if (background?.kind === "points") splat.underneath(background.points, background.count);
      else splat.underneath(null, 0);
      if (background?.kind === "images") digits.learnRange(background.points);
    }
    if (!lane) {
      splat.draw(null, 0, 0, 0, 0, 0);
      return;
    }
    const at = around(lane, place);
    if (!flat) {
      const expected = predicted ? denoisedAt(lane, place) : null;
      digits.draw(context, lane.frames, at, lane.points, opacity, { expected, rows: morph });
      const key = JSON.stringify(digits.place);
      if (key !== lastPlace) onGrid(digits.place);
      lastPlace = key;
      return;
    }
    splat.draw(lane.frames, at.low, at.high, at.weight, lane.points, opacity);
    const ratio = canvas.width / Math.max(1, box.clientWidth);
    if (field) {
      // Without any noise there is no arrow; the last ones before that are shown.
      const sigma = Math.max(sigmaAt(lane, place), leastSigma(lane));
      const grid = arrows.peek().get(index);
      if (grid) drawField(context, grid, splat, ratio);
      wantField(sigma);
    }
    if (paths) drawPaths(context, lane, at, splat, colour, ratio, opacity);
  }

  /** A sentence for those who do not see the picture; said when it stands still. */
  function description() {
    const lane = shown.peek()[index];
    const name = laneName(settings.peek().lanes, index);
    if (!lane) return `${name}: nothing sampled yet.`;
    const what = lane.kind === "points" ? counted(lane.points, "point") : counted(Math.min(40, lane.points), "digit");
    const place = position.peek();
    const distance = distanceAt(lane, place);
    return (
      `${name}: ${what} by ${samplerName(lane.setting)} (${sourceName(lane.setting)}), ` +
      `at step ${(place * lane.steps).toFixed(1)} of ${lane.steps}, noise level ${sigmaText(sigmaAt(lane, place))}` +
      (distance === null ? "." : `, energy distance to the data ${distanceText(distance)}.`)
    );
  }

  const observer = new ResizeObserver(fit);
  observer.observe(box);
  fit();
  const endRatio = onPixelRatio(fit);
  const endDraw = effect(() => {
    void [
      shown.value,
      data.value,
      position.value,
      veil.value,
      settings.value,
      arrows.value,
      visible.value,
      phase.value,
    ];
    if (visible.value) draw();
  });
  const endLabel = effect(() => {
    void shown.value;
    const still = !playing.value;
    const label = description();
    if (still || !canvas.dataset.described) canvas.setAttribute("aria-label", label);
    canvas.dataset.described = "yes";
  });
  const endSeek = effect(() => {
    void position.value;
    if (!playing.peek()) canvas.setAttribute("aria-label", description());
  });
  return () => {
    observer.disconnect();
    endRatio();
    endDraw();
    endLabel();
    endSeek();
  };
}
