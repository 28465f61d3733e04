/** The panels' side of the laboratory's worker: started with the first study, ended when it breaks. */
import { build } from "../../store/site.js";

/**
 * @typedef {import("./protocol").FromLab} FromLab
 * @typedef {import("./protocol").ToLab} ToLab
 */

/** How long a worker may take to hear that it should stop. */
const PATIENCE = 3000;

/** @type {Worker | null} */
let worker = null;
/** @type {((message: FromLab) => void)} */
let listener = () => {};
let count = 0;
let late = 0;

/** @param {(message: FromLab) => void} hear */
export function listen(hear) {
  listener = hear;
}

function start() {
  const mine = new Worker(build.lab, { type: "module", name: "fewsteps-lab" });
  mine.onmessage = ({ data }) => {
    if (mine !== worker) return;
    if (data.type === "ended" || data.type === "failed") window.clearTimeout(late);
    if (data.type === "failed" && data.fatal) stop();
    listener(data);
  };
  mine.onerror = (event) => {
    event.preventDefault();
    if (mine !== worker) return;
    stop();
    listener({ type: "failed", id: count, message: event.message || "its script could not be loaded", fatal: true });
  };
  return mine;
}

function stop() {
  worker?.terminate();
  worker = null;
}

/** Begins a study in place of the one before. @param {Omit<Extract<ToLab, { type: "begin" }>, "type" | "id" | "engine">} what @returns {number} its number */
export function begin(what) {
  worker ??= start();
  count += 1;
  window.clearTimeout(late);
  worker.postMessage(/** @type {ToLab} */ ({ type: "begin", id: count, engine: build.engines.cpu, ...what }));
  return count;
}

/** Stops what runs. A worker that does not answer is ended. */
export function cancel() {
  const mine = worker;
  if (!mine) return;
  const id = count;
  mine.postMessage(/** @type {ToLab} */ ({ type: "cancel", id }));
  window.clearTimeout(late);
  late = window.setTimeout(() => {
    if (mine !== worker) return;
    stop();
    listener({ type: "ended", id, how: "cancelled", milliseconds: PATIENCE });
  }, PATIENCE);
}
