/** The laboratory's worker: one study at a time, in slices, so that a `cancel` is heard between two of them. Others like it may help. */
import { breathe } from "../worker/breathe.js";
import { load } from "../worker/load.js";
import { codeOf, sentenceOf, transfer } from "../worker/post.js";
import { Team } from "./team.js";

/**
 * @typedef {import("./protocol").ToStudies} ToStudies
 * @typedef {import("./protocol").Ended} Ended
 * @typedef {typeof import("../../generated/engine")} EngineModule
 */

/** @type {(message: import("./protocol").FromStudies | import("./protocol").FromHelper) => void} */
const post = transfer;

/** How long a slice of a study takes, in milliseconds, and how long a leader waits that has nothing to do. */
const SLICE = 60;
const WAIT = 20;

/** @type {Promise<EngineModule> | null} */
let engine = null;
/** The study that should run: what came last. */
let current = 0;

/** @param {import("../protocol").EngineUrls} urls */
async function started(urls) {
  engine ??= load(urls, (fraction) => post({ type: "engine", id: current, fraction }));
  return engine.catch((error) => {
    engine = null;
    throw error;
  });
}

/** @param {import("./protocol").Run} message @returns {Promise<Ended>} */
async function run(message) {
  const { id, description, engine: urls, points, images, weights } = message;
  const start = performance.now();
  const ended = (/** @type {Ended["how"]} */ how) => ({ how, milliseconds: performance.now() - start });
  const { Study } = await started(urls);
  if (current !== id) return ended("cancelled");
  const study = await Study.begin(description, points, images, weights);
  const team = new Team(message);
  try {
    post({ type: "outline", id, outline: study.outline() });
    for (;;) {
      team.work(study);
      const update = await study.advance(SLICE);
      if (!update) return ended("done");
      if (current !== id) return ended("cancelled");
      post({ type: "update", id, update });
      if (study.waits) await new Promise((resolve) => setTimeout(resolve, WAIT));
      else await breathe();
      if (current !== id) return ended("cancelled");
    }
  } finally {
    team.end();
    study.free();
  }
}

/** Computes parts of a study for another worker. @param {import("./protocol").Assist} message */
async function assist({ description, engine: urls, points, images, weights, helper, helpers }) {
  try {
    const { Study } = await load(urls, () => {});
    const study = (await Study.begin(description, points, images, weights)).helping(helper, helpers);
    for (;;) {
      const update = await study.advance(SLICE);
      for (const part of study.news()) {
        post({ type: "part", index: part.index, found: part.found, done: update?.progress ?? 1 });
        part.free();
      }
      if (!update) return;
      post({ type: "alive" });
      await breathe();
    }
  } catch {
    post({ type: "failed" });
  }
}

/** Studies never overlap: the one before ends first. */
let last = Promise.resolve();

addEventListener("message", (/** @type {MessageEvent<ToStudies>} */ { data }) => {
  if (data.type === "beat") {
    post({ type: "alive" });
    return;
  }
  if (data.type === "assist") {
    void assist(data);
    return;
  }
  if (data.type === "cancel") {
    current = 0;
    return;
  }
  const { id } = data;
  current = id;
  last = last
    .then(() => run(data))
    .then((value) => post({ type: "answer", id, value }))
    .catch((error) => {
      const code = error instanceof WebAssembly.RuntimeError ? "panic" : codeOf(error);
      post({ type: "refusal", id, code, message: sentenceOf(error) });
    });
});

// A panic in the middle of the engine's own asynchronous work never comes back to us.
addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof WebAssembly.RuntimeError)
    post({ type: "refusal", id: current, code: "panic", message: reason.message });
});
