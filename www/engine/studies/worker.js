/** The laboratory's worker: one study at a time, in slices, so that a `cancel` is heard between two of them. */
import { breathe } from "../worker/breathe.js";
import { load } from "../worker/load.js";
import { codeOf, sentenceOf, transfer } from "../worker/post.js";

/**
 * @typedef {import("./protocol").ToStudies} ToStudies
 * @typedef {import("./protocol").Ended} Ended
 * @typedef {typeof import("../../generated/engine")} EngineModule
 */

/** @type {(message: import("./protocol").FromStudies) => void} */
const post = transfer;

/** How long a slice of a study takes, in milliseconds. */
const SLICE = 60;

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

/** @param {Extract<ToStudies, { type: "run" }>} message @returns {Promise<Ended>} */
async function run({ id, description, engine: urls, points, images, weights }) {
  const start = performance.now();
  const ended = (/** @type {Ended["how"]} */ how) => ({ how, milliseconds: performance.now() - start });
  const { Study } = await started(urls);
  if (current !== id) return ended("cancelled");
  const study = await Study.begin(description, points, images, weights);
  try {
    post({ type: "outline", id, outline: study.outline() });
    for (;;) {
      const update = await study.advance(SLICE);
      if (!update) return ended("done");
      if (current !== id) return ended("cancelled");
      post({ type: "update", id, update });
      await breathe();
      if (current !== id) return ended("cancelled");
    }
  } finally {
    study.free();
  }
}

/** Studies never overlap: the one before ends first. */
let last = Promise.resolve();

addEventListener("message", (/** @type {MessageEvent<ToStudies>} */ { data }) => {
  if (data.type === "beat") {
    post({ type: "alive" });
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
