/** Weights by other ways than training: those of the page, files, earlier ones of this run; and those now, for whoever wants them. */
import { effect } from "@preact/signals";
import { inputs } from "../data/inputs.js";
import { phase, request, send, wake } from "../engine.js";
import { expectSamples } from "../lanes/lanes.js";
import { retract, say } from "../notices.js";
import { settings } from "../settings/settings.js";
import { optionsOf } from "../settings/table.js";
import { site } from "../site.js";
import { change } from "./changes.js";
import { setLatest } from "./checkpoints.js";
import { configure, forgetRun } from "./configure.js";
import { fetchShipped } from "./shipped.js";
import { currentWeights, offerBack, resumeFrom, takeSnapshot } from "./snapshots.js";
import { model, openedFile, origin, setModel, training } from "./status.js";

const LARGEST = 50e6;

/** Starts the engine if it has not been, and waits until it has a network. @returns {Promise<void>} */
async function hasNetwork() {
  wake();
  await new Promise((resolve, reject) => {
    const stop = effect(() => {
      const there = phase.value === "live" && model.value !== null && origin.value !== "none";
      if (there) resolve(undefined);
      else if (phase.value === "failed") reject(new Error("the engine could not start"));
      else return;
      queueMicrotask(() => stop());
    });
  });
}

/** The network's weights as they are now. @returns {Promise<Uint8Array>} */
async function weightsNow() {
  await hasNetwork();
  const weights = await currentWeights();
  if (!weights) throw new Error("the engine did not give them in time; it may be busy");
  return weights.bytes;
}

/**
 * The network as it is now and what it was trained on.
 * @returns {Promise<{ data: string, weights: Uint8Array } & import("../data/inputs.js").Inputs>}
 */
export async function networkNow() {
  const weights = await weightsNow();
  return { data: settings.value.data, weights, ...(await inputs()) };
}

/** The same of handwritten digits: the stage's where it shows them, else the pretrained one. */
export async function digitsNetwork() {
  const { data } = settings.value;
  if (data === "digits") return networkNow();
  const weights = await fetchShipped(site.weights.digits);
  return { data: "digits", weights, ...(await inputs("digits")) };
}

/** The weights as a file; null where there are none to be had, which is said. @returns {Promise<{ name: string, bytes: Uint8Array } | null>} */
export async function weightsFile() {
  try {
    const bytes = await weightsNow();
    const step = origin.value === "trained" ? `-${training.value.step}` : "";
    return { name: `fewsteps-${settings.value.data}${step}.safetensors`, bytes };
  } catch (error) {
    say(`The weights can’t be downloaded: ${error instanceof Error ? error.message : error}.`, { key: "weights" });
    return null;
  }
}

/** The weights in a file, in place of those now. A file that has none changes nothing. @param {File} file */
export async function openWeights(file) {
  retract("weights");
  const refuse = (/** @type {string} */ why) =>
    void say(`${file.name}: ${why} Nothing was changed.`, { key: "weights" });
  if (file.size > LARGEST) return refuse("It is larger than 50 MB, which no weights of this page are.");
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
    await hasNetwork();
  } catch (error) {
    return refuse(`It could not be opened (${error instanceof Error ? error.message : error}).`);
  }
  const described = await insist("describe", { bytes }, refuse);
  if (!described) return;
  const { data } = described;
  const here = optionsOf("data").find(({ value }) => value === settings.value.data)?.label ?? settings.value.data;
  if (data === settings.value.data) return open(file.name, bytes, refuse);
  const there = optionsOf("data").find(({ value }) => value === data);
  const own = data === "drawn" || data === "uploaded" || data === "images";
  const anyway = { label: "Open it here all the same", run: () => open(file.name, bytes, refuse) };
  const switching = there && {
    label: `Switch to ${there.label}`,
    run: async () => {
      await change({ data: there.value });
      await open(file.name, bytes, refuse);
    },
  };
  const learned = own ? "points or images of someone’s own" : (there?.label ?? `“${data}”`);
  const [action, other] = switching && !own ? [switching, anyway] : [anyway, undefined];
  say(`${file.name} was trained on ${learned}, and the page shows ${here}. Nothing was changed.`, {
    key: "weights",
    action,
    other,
  });
}

/**
 * Asks again where other settings came before a busy engine had answered, for they go with any network.
 * @template {"describe" | "weights"} T
 * @param {T} type @param {import("../engine.js").Requests[T]["ask"]} ask @param {(why: string) => void} refuse
 * @returns {Promise<import("../engine.js").Requests[T]["answer"] | null>} null where it is refused, or nobody is there to read it any more
 */
async function insist(type, ask, refuse) {
  const { data } = settings.value;
  let refused = false;
  const hear = (/** @type {{ message: string }} */ { message }) => {
    refused = true;
    refuse(message);
  };
  for (;;) {
    const answer = await request(type, ask, hear);
    if (answer || refused) return answer;
    if (phase.value !== "live" || settings.value.data !== data) {
      refuse("Other data came, or the engine ended, before it was read.");
      return null;
    }
  }
}

/** @param {string} name @param {Uint8Array} bytes @param {(why: string) => void} refuse */
async function open(name, bytes, refuse) {
  const snapshot = await takeSnapshot();
  const opened = await insist("weights", { bytes, begin: false }, refuse);
  if (!opened) return;
  forgetRun();
  origin.value = "trained";
  setModel(opened);
  openedFile.value = name;
  setLatest({ step: opened.step, bytes });
  expectSamples();
  send({ type: "sample" });
  offerBack(`${name} is open.`, snapshot);
}

/** The weights that came with the page, in place of what was trained here. */
export async function usePretrained() {
  const snapshot = await takeSnapshot();
  forgetRun();
  wake();
  await configure();
  offerBack("Back to the pretrained weights.", snapshot);
}

/** Back to an earlier step of this run: lanes run on its weights, and training goes on from there. @param {import("./checkpoints.js").Weights} point */
export async function goBackTo(point) {
  const snapshot = await takeSnapshot();
  await resumeFrom(point);
  if (snapshot?.step !== point.step) offerBack(`Back at step ${point.step.toLocaleString("en")}.`, snapshot);
}
