/** The figure's side of what it and the post around it say to each other (www/embed/protocol.d.ts). */
import { effect } from "@preact/signals";
import { opened, phase, send } from "../../store/engine.js";
import { arriving, distanceAt, expectSamples, shown } from "../../store/lanes/lanes.js";
import { notices } from "../../store/notices.js";
import { pause, play } from "../../store/player.js";
import { onLinkEdited } from "../../store/run/changes.js";
import * as losses from "../../store/run/losses.js";
import { sleep } from "../../store/run/sleep.js";
import { training } from "../../store/run/status.js";
import { pauseTraining, train } from "../../store/run/training.js";
import { read } from "../../store/settings/link.js";
import { inLessons } from "../../store/settings/route.js";
import { link, openStudy } from "../../store/settings/settings.js";
import { jobs, rest, running } from "../../store/studies/state.js";
import { understood } from "./message.js";
import { posterOf } from "./poster.js";

/**
 * @typedef {import("../../embed/protocol").FromFigure} FromFigure
 * @typedef {import("../../embed/protocol").ToFigure} ToFigure
 * @typedef {import("../../embed/protocol").FigureEvent} FigureEvent
 * @typedef {import("../../embed/protocol").Look} Look
 */

/** How long an answer waits for settings to be there, in milliseconds: data may have to be fetched for them. */
const PATIENCE = 6000;

/** The change that the parent asked for last. @type {Promise<unknown>} */
let changed = Promise.resolve();

/** The parent's origin, from its first message on. @type {string | null} */
let host = null;

/** @param {FromFigure} message */
function tell(message) {
  // Nothing is secret before the parent is known: that the figure is there, and how tall it is.
  if (window.parent !== window) window.parent.postMessage({ fewsteps: 1, ...message }, host ?? "*");
}

/** @param {FigureEvent} event */
const report = (event) => tell(event);

/** Another figure computes. */
function goToRest() {
  void sleep();
  rest();
}

/** A window and all frames in it, but for those in shadow trees. @param {Window} top @returns {Window[]} */
const windows = (top) => [top, ...Array.from({ length: top.length }, (_, i) => windows(top[i])).flat()];

/** @param {Window} other */
function isOfThisSite(other) {
  try {
    return other !== window && other.origin === window.origin;
  } catch {
    return false;
  }
}

/** It is this figure that computes: elements hear it from the post that they stand in, plain frames from each other. */
function claim() {
  tell({ type: "awake" });
  const plain = windows(window.top ?? window).filter(isOfThisSite);
  for (const other of plain) other.postMessage({ fewsteps: 1, type: "sleep" }, window.origin);
}

/** @param {() => void} begin what starts the figure, where it has not been started @param {(look: Look) => void} dress */
export function connect(begin, dress) {
  window.addEventListener("message", ({ source, origin, data }) => {
    const message = understood(data);
    if (!message) return;
    if (source !== window.parent && origin === window.origin && message.type === "sleep") return goToRest();
    if (source !== window.parent || window.parent === window) return;
    if (host !== null && origin !== host) return;
    if (origin !== "null") host = origin;
    obey(message, begin, dress);
  });
  tell({ type: "loaded" });
}

/** @param {ToFigure} message @param {() => void} begin @param {(look: Look) => void} dress */
function obey(message, begin, dress) {
  switch (message.type) {
    case "look":
      return dress(message);
    case "sleep":
      return goToRest();
    case "pause":
      pauseTraining();
      return pause();
    case "play":
      begin();
      return play();
    case "sample":
      begin();
      // A lesson runs what its question asks for, and that alone.
      if (inLessons) return;
      expectSamples();
      return send({ type: "sample" });
    case "train":
      begin();
      return inLessons ? undefined : void train(message.steps);
    case "poster":
      return tell({ type: "poster", id: message.id, svg: posterOf(shown.peek()) });
    case "settings": {
      if (message.hash !== undefined && inLessons) location.replace(`#${message.hash}`);
      else if (message.hash !== undefined) {
        const found = read(message.hash);
        openStudy.value = found.study;
        changed = Promise.race([onLinkEdited(found), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
      }
      const answer = () => tell({ type: "settings", id: message.id, settings: texts() });
      return void changed.then(answer, answer);
    }
  }
}

/** What the address bar would hold. */
function texts() {
  const hash = inLessons ? location.hash.slice(1) : (link().split("#")[1] ?? "");
  const parts = hash.split("&").filter(Boolean);
  return Object.fromEntries(
    parts.map((part) => {
      const [, key = "", value = ""] = /^([^=]*)=?(.*)$/s.exec(part) ?? [];
      return [key, decodeURIComponent(value)];
    }),
  );
}

/** Tells the parent what happens. @param {HTMLElement} root whose height the frame should have */
export function reportAll(root) {
  new ResizeObserver(() => tell({ type: "size", height: root.getBoundingClientRect().height })).observe(root);

  let live = false;
  effect(() => {
    if (running.value !== null) claim();
  });
  effect(() => {
    if (phase.value === "starting") {
      live = false;
      claim();
    }
    const complete = phase.value === "live" && arriving.value === null && shown.value.every(Boolean);
    if (complete && !live) {
      live = true;
      report({ type: "event", name: "ready", detail: { backend: opened.peek()?.backend ?? "cpu" } });
    }
  });

  let awaited = false;
  effect(() => {
    const now = arriving.value !== null;
    if (awaited && !now && phase.peek() === "live" && shown.peek().every(Boolean)) {
      const lanes = shown.peek();
      const error = lanes.map((lane) => (lane && distanceAt(lane, 1)?.mean) ?? null);
      const evaluations = lanes.map((lane) => lane?.evaluations ?? 0);
      report({ type: "event", name: "done", detail: { what: "sampling", error, evaluations } });
    }
    awaited = now;
  });

  let trained = false;
  effect(() => {
    const { running, step, budget } = training.value;
    if (running && step > 0) report({ type: "event", name: "step", detail: { step, budget, loss: losses.latest() } });
    if (trained && !running) report({ type: "event", name: "done", detail: { what: "training", step } });
    trained = running;
  });

  /** @type {Record<string, string>} */
  let states = {};
  effect(() => {
    for (const [name, { status, results, error }] of Object.entries(jobs.value)) {
      if (states[name] === status) continue;
      if (status === "done")
        report({ type: "event", name: "done", detail: { what: "study", findings: results?.findings ?? [] } });
      if (status === "failed") report({ type: "event", name: "error", detail: { message: error } });
    }
    states = Object.fromEntries(Object.entries(jobs.value).map(([name, { status }]) => [name, status]));
  });

  let last = 0;
  effect(() => {
    for (const { id, key, text } of notices.value) {
      if (id > last && /^(error-|engine$|download$|link$|lesson$)/.test(key))
        report({ type: "event", name: "error", detail: { message: text } });
    }
    last = Math.max(last, ...notices.value.map(({ id }) => id));
  });
}
