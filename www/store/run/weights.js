/** Weights that come and go: earlier ones of this run, files, those of the last visit, and those now, for whoever looks into them. */
import { effect } from "@preact/signals";
import { give } from "../../ui/controls/file.js";
import { phase, wake } from "../../engine/client.js";
import { forgetLast, recall } from "./last-run.js";
import { materialOf } from "../data/inputs.js";
import { retract, say } from "../notices.js";
import { adopt, bringBack, goBackTo, keep, model, offer, offerBack, origin, save, training } from "./changes.js";
import { defaults, field, hasField } from "../settings/table.js";
import { settings } from "../settings/settings.js";

const LARGEST = 50e6;

/** Starts the engine if it has not been, and waits until it has a network. */
async function ready() {
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

/**
 * The network as it is now and what it was trained on.
 * @returns {Promise<{ data: string, weights: Uint8Array, points?: Float32Array, images?: Uint8Array }>}
 */
export async function modelNow() {
  await ready();
  const weights = await save();
  if (!weights) throw new Error("the engine did not give the weights in time; it may be busy");
  const data = settings.value.data;
  return { data, weights, ...(await materialOf(data)) };
}

export async function downloadWeights() {
  try {
    await ready();
    const weights = await save();
    if (!weights) throw new Error("the engine did not give them in time; it may be busy");
    const step = origin.value === "trained" ? `-${training.value.step}` : "";
    give(
      `fewsteps-${settings.value.data}${step}.safetensors`,
      /** @type {Uint8Array<ArrayBuffer>} */ (weights),
      "application/octet-stream",
    );
  } catch (error) {
    say(`The weights can’t be downloaded: ${error instanceof Error ? error.message : error}.`, { key: "weights" });
  }
}

/** The weights in a file, in place of those now. A file that is none changes nothing. @param {File} file */
export async function openWeights(file) {
  retract("weights");
  const refuse = (/** @type {string} */ why) =>
    void say(`${file.name}: ${why} Nothing was changed.`, { key: "weights" });
  if (file.size > LARGEST) return refuse("It is larger than 50 MB, which no weights of this page are.");
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
    await ready();
  } catch (error) {
    return refuse(`It could not be opened (${error instanceof Error ? error.message : error}).`);
  }
  const kept = await keep();
  const refusal = await offer(bytes);
  if (refusal !== null) return refuse(refusal);
  adopt(bytes, file.name);
  if (kept) offerBack(`${file.name} is open.`, kept);
}

/** Back to an earlier step of this run: lanes run on its weights, and training goes on from there. @param {import("./checkpoints.js").Checkpoint} point */
export async function goTo(point) {
  const kept = await keep();
  await goBackTo(point);
  if (kept && kept.step !== point.step) offerBack(`Back at step ${point.step.toLocaleString("en")}.`, kept);
}

// ---- the last visit ------------------------------------------------------------------------------------------------

/** @param {number} time */
function when(time) {
  const then = new Date(time);
  const clock = then.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false });
  return then.toDateString() === new Date().toDateString()
    ? clock
    : `${then.toLocaleDateString("en", { day: "numeric", month: "long" })}, ${clock}`;
}

/** @param {import("./snapshots.js").Kept} kept */
function nameOf({ settings: { data }, uploaded }) {
  if (data === "drawn") return "your drawing";
  if (data === "uploaded") return uploaded?.name ?? "your points";
  return (field("data").options?.find(({ value }) => value === data)?.label ?? data).toLowerCase();
}

/** What the last visit trained can be brought back; nothing comes by itself. */
export async function offerLastRun() {
  const last = await recall();
  if (!last || origin.value === "trained") return;
  const known = Object.entries(last.settings).filter(([key]) => hasField(key));
  const kept = { ...last, settings: { ...defaults(last.settings.data), ...Object.fromEntries(known) } };
  say(`Your ${last.step.toLocaleString("en")} steps on ${nameOf(last)} from ${when(last.time)} are kept.`, {
    key: "last-run",
    action: {
      label: "Bring them back",
      async run() {
        wake();
        const now = await keep();
        await bringBack(kept);
        if (now) offerBack("The last run is back.", now);
      },
    },
    other: { label: "Forget", run: () => void forgetLast() },
  });
}
