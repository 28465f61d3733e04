/** A worker that computes shares of another one’s work: it keeps nothing that it could not be sent again. */
import { load } from "./load.js";
import { sentenceOf, transfer } from "./post.js";

/**
 * @typedef {{ type: "help", engine: import("../protocol").EngineUrls }} Help the first message
 * @typedef {{ id: number, share: Uint8Array<ArrayBuffer> }} Work
 * @typedef {{ ready: true } | { id: number, answer: Uint8Array<ArrayBuffer> } | { id: number, error: string }} Done
 */

/** @param {Help} help @returns {(work: Work) => Promise<void>} what to do with the messages that follow */
export function helper({ engine }) {
  const post = (/** @type {Done} */ done) => transfer(done);
  const opened = load(engine, () => {}).then((module) => module.Helper.open());
  // Whoever sends work hears why it could not be opened.
  opened.then(
    () => post({ ready: true }),
    () => {},
  );
  return async ({ id, share }) => {
    try {
      post({ id, answer: await (await opened).answer(share) });
    } catch (error) {
      post({ id, error: sentenceOf(error) });
    }
  };
}
