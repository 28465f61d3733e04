/** Makes a lesson's runs on the page's one engine, and measures them. */
import { effect, signal } from "@preact/signals";
import { phase, send, wake } from "../engine.js";
import { arriving, expectSamples, finalDistance, shown } from "../lanes/lanes.js";
import { retract } from "../notices.js";
import { replayNext } from "../player.js";
import { change, reset } from "../run/changes.js";
import { sleeps } from "../run/sleep.js";
import { training } from "../run/status.js";
import { train } from "../run/training.js";
import { read } from "../settings/link.js";
import { defaults } from "../settings/table.js";
import { choose } from "../studies/choice.js";
import { run as runStudy } from "../studies/jobs.js";
import { jobs } from "../studies/state.js";

/**
 * @typedef {import("./types").Run} Run
 * @typedef {import("./types").Outcome} Outcome
 * @typedef {import("../settings/table.js").Lane} LaneSetting
 */

/** The run under way. @type {import("@preact/signals").Signal<Run | null>} */
export const underWay = signal(null);

/** @param {() => boolean} condition of signals @returns {Promise<void>} */
const until = (condition) =>
  new Promise((resolve) => {
    const end = effect(() => {
      if (!condition()) return;
      queueMicrotask(() => end());
      resolve();
    });
  });

/** Waits until all lanes are there. */
async function picture() {
  const failed = () => phase.value === "failed";
  await until(() => failed() || (phase.value === "live" && arriving.value === null && shown.value.every(Boolean)));
  if (failed()) throw new Error("the engine could not start");
}

/**
 * @param {Run} run
 * @param {number} seed
 * @param {(lanes: LaneSetting[], index: number) => string} nameOf a lane
 * @returns {Promise<Outcome>}
 */
export async function make(run, seed, nameOf) {
  underWay.value = run;
  try {
    return run.study ? await study(run.study) : await stage(run, seed, nameOf);
  } finally {
    underWay.value = null;
  }
}

/** @param {Run} run @param {number} seed @param {(lanes: LaneSetting[], index: number) => string} nameOf */
async function stage({ settings = "", train: steps = 0, lanes: names }, seed, nameOf) {
  const wanted = read(settings).settings;
  replayNext();
  await change({ ...defaults(wanted.data), ...wanted, seed });
  wake();
  await picture();
  if (steps) {
    await reset();
    const before = sleeps.peek();
    await train(steps);
    await until(() => (!training.value.running && training.value.step >= steps) || sleeps.value !== before);
    if (sleeps.peek() !== before) throw new Error("another figure of this page runs now");
    replayNext();
    expectSamples();
    send({ type: "sample" });
    await picture();
  }
  // What was trained for a lesson is no run of the visitor's.
  retract("undo");
  const lanes = shown.value.flatMap((lane) => lane ?? []);
  const all = lanes.map(({ setting }) => setting);
  return {
    lanes: lanes.map((lane, index) => {
      const { mean, error } = finalDistance(lane) ?? { mean: NaN, error: NaN };
      return {
        name: names?.[index] ?? nameOf(all, index),
        evaluations: lane.evaluations,
        error: mean,
        uncertainty: error,
      };
    }),
    findings: [],
  };
}

/** @param {NonNullable<Run["study"]>} description @returns {Promise<Outcome>} */
async function study({ study: name, ...values }) {
  choose(name, values);
  await runStudy(name);
  const job = jobs.value[name];
  if (job?.status !== "done") throw new Error(job?.error || "it was stopped");
  return { lanes: [], findings: job.results?.findings ?? [] };
}
