/** Brings the settings to the engine: each time they are applied, a run begins. */
import { inputs } from "../data/inputs.js";
import { beginRun, isOver, phase, request, send, wake } from "../engine.js";
import { clearField } from "../lanes/field.js";
import { known, sendKnown } from "../lanes/inpainting.js";
import { data, expectSamples, samplesLost } from "../lanes/lanes.js";
import { forgetQuality, measurementEnded } from "../lanes/quality.js";
import { retract, say } from "../notices.js";
import { Outdated, sayOutdated } from "../outdated.js";
import { clamp } from "../settings/parameters.js";
import { settings } from "../settings/settings.js";
import { kindOf, numberField } from "../settings/table.js";
import { clearCheckpoints, dropAfter } from "./checkpoints.js";
import * as losses from "./losses.js";
import { fetchShipped, fineTunes, shippedUrl } from "./shipped.js";
import { openedFile, origin, setModel, training } from "./status.js";

/** Codes of what is wrong with settings, which the next ones may mend. */
const OF_SETTINGS = ["lane", "schedule", "settings"];

/** Training is above this in the store: it says how it goes on. @type {() => unknown} */
let trainOn = () => {};
/** @param {() => unknown} train */
export function onTrainOn(train) {
  trainOn = train;
}

/** What the data are made of that the engine has. */
let sent = "";

const wantedInputs = () => (settings.value.data === "digits" ? `digits ${settings.value.digits}` : settings.value.data);

/** The engine must be sent what the data are made of, again. */
export function inputsChanged() {
  sent = "";
}

/** Nothing has been trained yet, by the settings that are there now. */
export function forgetRun() {
  losses.clear();
  clearCheckpoints();
  clearField();
  openedFile.value = "";
  origin.value = "none";
  const { budget } = settings.value;
  training.value = { running: false, step: 0, budget, stepsPerSecond: 0, secondsLeft: null, trajectories: null };
}

let timer = 0;

/** Applies the settings a moment later: a slider moves faster than a sampler. */
export function configureSoon() {
  wake();
  expectSamples();
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void configure(), 70);
}

/**
 * Applies the settings, and samples.
 * @param {object} [options]
 * @param {boolean} [options.sample] or does not
 * @param {boolean} [options.fresh] from where the settings let a run begin
 * @param {import("../../engine/protocol").Weights} [options.weights] to sample from, and what training goes on from besides them
 * @returns {Promise<boolean>} false where the engine refuses the settings or the data, which is said; it then has what it had before.
 * True, too, where a later run has begun meanwhile
 */
export async function configure({ fresh = false, sample = true, weights } = {}) {
  if (phase.value !== "live") return true;
  window.clearTimeout(timer);
  const run = beginRun();
  forgetQuality();
  if (sample) expectSamples();
  const kind = kindOf(settings.value.data);
  const wanted = wantedInputs();
  /** @type {import("../data/inputs.js").Inputs} */
  let own = {};
  try {
    if (sent !== wanted) own = await inputs();
  } catch (error) {
    if (isOver(run)) return true;
    downloadFailed("The handwritten digits are", error, () => void configure({ fresh, weights }));
    return false;
  }
  if (isOver(run)) return true;
  const accepted = request("configure", { settings: settings.value, kind, fresh, ...own, weights }).then((answer) => {
    if (answer) onConfigured(answer, kind, wanted);
    // An answer that a later run does not wait for says nothing of these settings.
    return answer !== null || isOver(run);
  });
  const shipped = !weights && (fresh ? fineTunes.value : origin.value === "none");
  if (fresh && !shipped && !weights) origin.value = "fresh";
  // The engine samples nothing but what it accepted; only weights that are fetched have to wait for it.
  if (shipped) {
    if (!(await accepted)) return false;
    if (!isOver(run)) await loadShipped(run, fresh);
  }
  if (isOver(run)) return true;
  if (known.value) sendKnown();
  send({ type: sample ? "sample" : "stopSampling" });
  if (training.value.running || origin.value === "trained") findFloor();
  return accepted;
}

/** The least loss by the settings that the engine has, where that is not there yet. */
export function findFloor() {
  if (losses.floor.value === null)
    void request("lossFloor", {}).then((found) => {
      losses.floor.value = found;
    });
}

/** @param {import("../../engine/protocol").Requests["configure"]["answer"]} answer @param {import("../../engine/protocol").DataKind} kind of its data @param {string} held what they are made of */
function onConfigured(answer, kind, held) {
  sent = held;
  for (const code of OF_SETTINGS) retract(`error-${code}`);
  if (answer.data) {
    const { dimension, points, count } = answer.data;
    data.value = { kind, dimension, points, count };
  }
  if (answer.unread) {
    // What was kept can't be read: the network is one that has learned nothing, and is called so.
    onFailure(answer.unread);
    origin.value = "fresh";
  }
  setModel(answer.model);
}

/** @param {number} run @param {boolean} begin whether a run begins with them */
async function loadShipped(run, begin) {
  const url = shippedUrl();
  if (!url) {
    origin.value = "fresh";
    return;
  }
  try {
    const bytes = await fetchShipped(url);
    if (isOver(run)) return;
    retract("download");
    origin.value = "pretrained";
    const model = await request("weights", { bytes, begin });
    if (isOver(run)) return;
    // Bytes that are no weights leave the network as it is.
    if (model) setModel(model);
    else origin.value = "fresh";
  } catch (error) {
    if (isOver(run)) return;
    origin.value = "fresh";
    downloadFailed("The pretrained weights are", error, () => {
      origin.value = "none";
      void configure({ fresh: begin });
    });
  }
}

/** @param {string} what with its verb @param {unknown} error @param {() => void} again */
function downloadFailed(what, error, again) {
  samplesLost();
  if (error instanceof Outdated) {
    sayOutdated(what);
    return;
  }
  const why = error instanceof Error ? error.message : String(error);
  say(`${what.replace(/ are$/, "")} could not be fetched (${why}). The page goes on without.`, {
    key: "download",
    action: { label: "Try again", run: again },
  });
}

/** Training went wrong, and the engine is back where it had not: so is what the page knows of the run. @param {string} message */
function onDiverged(message) {
  const { step } = training.value;
  losses.rewind(step);
  dropAfter(step);
  const limits = numberField("learning_rate");
  const rate = clamp(limits, Number((settings.value.learning_rate / 5).toPrecision(1)));
  const smaller = {
    label: `Train on at a rate of ${rate}`,
    run: () => {
      settings.value = { ...settings.value, learning_rate: rate };
      configure().then((accepted) => accepted && trainOn());
    },
  };
  const gentler = rate < settings.value.learning_rate ? " A smaller learning rate helps most often." : "";
  say(message + gentler, { key: "error-diverged", ...(gentler ? { action: smaller } : {}) });
}

/** Not every data set is a mixture, but each is a set of points. */
const exactInstead = {
  label: "Use the exact data set",
  run() {
    const dataset = /** @type {const} */ ("dataset");
    const lanes = settings.value.lanes.map((lane) => (lane.source === "mixture" ? { ...lane, source: dataset } : lane));
    settings.value = { ...settings.value, lanes };
    configureSoon();
  },
};

/** What the engine can't do is a sentence, and the page goes on. @param {import("../engine.js").Failure} failure */
export function onFailure({ code, message }) {
  if (code === "diverged") {
    onDiverged(message);
    return;
  }
  samplesLost();
  measurementEnded();
  const before = ["settings", "schedule"].includes(code) ? " What you see is from before." : "";
  say(`${message}${before}`, { key: `error-${code}`, ...(code === "lane" ? { action: exactInstead } : {}) });
}
