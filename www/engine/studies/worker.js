// @ts-check
/** The laboratory's worker: one study at a time, in slices, so that a word to stop is heard between two of them. */
import { breathe } from "../worker/breathe.js";
import { load } from "../worker/load.js";

/**
 * @typedef {import("./protocol").ToLab} ToLab
 * @typedef {import("./protocol").FromLab} FromLab
 * @typedef {import("./protocol").LabModule} LabModule
 */

/** How long a slice of a study takes, in milliseconds. */
const SLICE = 60;

/** @type {Promise<LabModule> | null} */
let engine = null;
/** The study that should run: what came last. */
let current = 0;

/** @param {FromLab} message */
const post = (message) => postMessage(message);

/** @param {Extract<ToLab, { type: "begin" }>} message */
async function run({ id, description, engine: urls, points, images, weights }) {
  const start = performance.now();
  engine ??= /** @type {Promise<any>} */ (load(urls, (fraction) => post({ type: "engine", fraction })));
  const { Study } = await engine.catch((error) => {
    engine = null;
    throw error;
  });
  const now = () => performance.now();
  const ended = (/** @type {"done" | "cancelled"} */ how) =>
    post({ type: "ended", id, how, milliseconds: now() - start });
  if (current !== id) return ended("cancelled");
  const study = await Study.begin(description, points, images, weights);
  try {
    post({ type: "outline", id, outline: study.outline() });
    for (;;) {
      const update = await study.advance(SLICE, now);
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

addEventListener("message", (/** @type {MessageEvent<ToLab>} */ { data }) => {
  if (data.type === "cancel") {
    if (data.id === current) current = 0;
    return;
  }
  current = data.id;
  last = last
    .then(() => run(data))
    .catch((error) => {
      const fatal = error instanceof WebAssembly.RuntimeError;
      post({ type: "failed", id: data.id, message: error instanceof Error ? error.message : String(error), fatal });
    });
});

// A panic in the middle of the engine's own asynchronous work never comes back to us.
addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof WebAssembly.RuntimeError)
    post({ type: "failed", id: current, message: reason.message, fatal: true });
});
