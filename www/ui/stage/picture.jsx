/** A lane's picture: its points or digits at the moment that the clock shows. */

import { effect } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { phase } from "../../store/engine.js";
import { arrows, computeField, FIELD_REACH } from "../../store/lanes/field.js";
import {
  around,
  arriving,
  data,
  denoisedAt,
  distanceAt,
  finalDistance,
  shown,
  sigmaAt,
} from "../../store/lanes/lanes.js";
import { playing, position, veil, visible } from "../../store/player.js";
import { turnUntrained } from "../../store/run/status.js";
import { settings } from "../../store/settings/settings.js";
import { LANES, laneName, samplerName, settingsShown, sourceName } from "../lanes/names.js";
import { onPixelRatio } from "../pixel-ratio.js";
import { counted, errorText, sigmaText } from "../text.js";
import { DigitGrid } from "./digits.js";
import { followed, nearest } from "./follow.js";
import { over, overWanted } from "./over.js";
import { GLOWS, Splat } from "./splat.js";

const PIXELS = 620_000; // of one lane's picture at most: more would cost frames where the CPU draws
const ARROW = 22; // CSS pixels from one arrow to the next
const ON_TOP = 1500; // of the data that are drawn over the points
const DIMMED = 0.5;
const NEUTRAL = "232 234 240";

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

/** @param {{ index: number, small?: boolean }} props a small one is only looked at */
export function Picture({ index, small = false }) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const [grid, setGrid] = useState(/** @type {import("./digits.js").Place | null} */ (null));
  useEffect(() => {
    if (!canvas.current || !box.current) return;
    return paint(index, canvas.current, box.current, setGrid);
  }, [index]);
  const lane = shown.value[index];
  const Picker = over.value?.Picker;
  return (
    <div ref={box} class={`lane-view${arriving.value !== null && phase.value === "live" ? " is-waiting" : ""}`}>
      <canvas ref={canvas} role="img" />
      {Picker && !small && grid && settings.value.data === "digits" && lane?.kind === "images" && !lane.setting.run && (
        <Picker index={index} grid={grid} classes={lane.classes} />
      )}
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
  /** The last request for the velocity, and for its turn. */
  const requests = [0, 1].map(() => ({ what: "", when: 0 }));
  let timer = 0;
  let lastPlace = "";

  /** Asks for the arrows at this moment: not more than a few times a second, and the last moment always. @param {number} sigma @param {boolean} turns */
  function wantField(sigma, turns) {
    const lane = shown.peek()[index];
    const what = `${sigma.toPrecision(2)} of ${lane ? passOf(lane) : 0}`;
    const asked = requests[Number(turns)];
    if (what === asked.what && arrows.peek().has(`${index} ${turns}`)) return;
    window.clearTimeout(timer);
    const wait = asked.when + 220 - performance.now();
    if (phase.peek() !== "live") return;
    if (wait > 0) {
      timer = window.setTimeout(draw, wait);
      return;
    }
    requests[Number(turns)] = { what, when: performance.now() };
    const across = (2 * FIELD_REACH * splat.scale * box.clientWidth) / canvas.width;
    void computeField(index, sigma, Math.max(12, Math.min(32, Math.round(across / ARROW))), turns);
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
    const { paths, field, turns, density, mesh, predicted, forward, data_over, morph } = settings.peek();
    const place = position.peek();
    const opacity = veil.peek();
    if (canvas.width < 2) return;
    const flat = lane?.kind !== "images";
    if (under !== background) {
      under = background;
      splat.underneath(background?.dimension === 2 ? background.points : null, background?.count ?? 0);
      if (background?.kind === "images") digits.learnRange(background.points);
    }
    if (!lane) {
      splat.draw(null, 0, 0, 0, 0, 0);
      return;
    }
    const at = around(lane, place);
    const drawers = over.value;
    const more = [paths, field, turns, mesh, predicted, forward, data_over, followed.peek() !== null].some(Boolean);
    if (!drawers && (more || lane.dimension !== 2)) overWanted.value = true;
    const noised = (forward && drawers?.forwardOf(index, lane)) || null;
    if (!flat) {
      const expected = predicted && !noised ? denoisedAt(lane, place) : null;
      const { frames, count } = noised ?? { frames: lane.frames, count: lane.points };
      digits.draw(context, frames, at, count, opacity, { expected, rows: morph && !noised });
      const key = JSON.stringify(digits.place);
      if (key !== lastPlace) onGrid(digits.place);
      lastPlace = key;
      return;
    }
    const ratio = canvas.width / Math.max(1, box.clientWidth);
    if (lane.dimension === 1) {
      const own = background && background.dimension === 1 ? background.points : null;
      const nearer = at.weight < 0.5 ? at.low : at.high;
      const beside = noised ? noised.frames.subarray(nearer * noised.count, (nearer + 1) * noised.count) : own;
      drawers?.drawLine(context, lane, place, at, glow, ratio, opacity, { paths, beside });
      return;
    }
    const expected = predicted ? denoisedAt(lane, place) : null;
    // Others are seen on top of the lane's own points where these step back.
    const light = drawers && (expected || noised || data_over) ? DIMMED * opacity : opacity;
    splat.draw(lane.frames, at.low, at.high, at.weight, lane.points, light, density, lane.classes);
    if (!drawers) return;
    // Without any noise there is no arrow; the last ones before that are shown.
    const sigma = Math.max(sigmaAt(lane, place), leastSigma(lane));
    for (const [wanted, turning, tint] of /** @type {const} */ ([
      [field, false, "205 210 224"],
      [turns && !(lane.setting.source === "network" && turnUntrained.peek()), true, glow.light.join(" ")],
    ])) {
      // What a kept run had learned is not in the engine.
      if (!wanted || lane.setting.run) continue;
      const grid = arrows.peek().get(`${index} ${turning}`);
      if (grid) drawers.drawField(context, grid, splat, ratio, tint);
      wantField(sigma, turning);
    }
    if (mesh) drawers.drawMesh(context, lane, at, splat, glow.light.join(" "), ratio, opacity);
    if (paths) drawers.drawPaths(context, lane, at, splat, colour, ratio, opacity);
    const still = { low: 0, high: 0, weight: 0 };
    if (data_over && background)
      drawers.drawDots(context, background.points, Math.min(ON_TOP, background.count), still, splat, NEUTRAL, ratio);
    if (noised) drawers.drawDots(context, noised.frames, noised.count, at, splat, NEUTRAL, ratio);
    if (expected) drawers.drawDots(context, expected, lane.points, still, splat, glow.light.join(" "), ratio);
    if (followed.peek() !== null) drawers.drawFollowed(context, lane, followed.peek() ?? 0, at, splat, ratio);
  }

  /** Follows the point that was pressed; what is beside all points ends it. @param {PointerEvent} event */
  function follow(event) {
    const lane = shown.peek()[index];
    if (lane?.dimension !== 2 || !event.isPrimary || event.button !== 0) return;
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const scale = (splat.scale * width) / canvas.width;
    const [x, y] = [event.clientX - left - width / 2, top + height / 2 - event.clientY];
    followed.value = nearest(lane, position.peek(), x / scale, y / scale, scale);
  }

  /** A sentence for those who do not see the picture: where it stands, or how it ends while it moves. */
  function description() {
    const lane = shown.peek()[index];
    // One that is being taken away has no name any more.
    if (index >= settingsShown().length) return "";
    const name = laneName(settingsShown(), index);
    if (!lane) return `${name}: nothing sampled yet.`;
    const what = lane.kind === "points" ? counted(lane.points, "point") : counted(lane.points, "image");
    const moving = playing.value;
    const place = moving ? 1 : position.value;
    const found = moving ? finalDistance(lane) : distanceAt(lane, place);
    const when = moving
      ? `from noise to data in ${counted(lane.steps, "step")}`
      : `at step ${(place * lane.steps).toFixed(1)} of ${lane.steps}, noise level ${sigmaText(sigmaAt(lane, place))}`;
    const error = found ? `, ${moving ? "ending with an error of" : "error"} ${errorText(found)}` : "";
    return `${name}: ${what} by ${samplerName(lane.setting)} (${sourceName(lane.setting)}), ${when}${error}.`;
  }

  const observer = new ResizeObserver(fit);
  observer.observe(box);
  canvas.addEventListener("pointerdown", follow);
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
      followed.value,
    ];
    if (visible.value) draw();
  });
  const endLabel = effect(() => {
    void shown.value;
    canvas.setAttribute("aria-label", description());
  });
  return () => {
    observer.disconnect();
    endRatio();
    canvas.removeEventListener("pointerdown", follow);
    endDraw();
    endLabel();
  };
}
