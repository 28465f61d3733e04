/** A worker that computes shares of the training steps of another one: it keeps nothing of a run. */
import { load } from "./load.js";
import { sentenceOf } from "./post.js";

/**
 * @typedef {{ type: "help", engine: import("../protocol").EngineUrls }} Help the first message
 * @typedef {{ id: number, share: Uint8Array<ArrayBuffer> }} Work
 * @typedef {{ id: number, gradient: Uint8Array<ArrayBuffer> } | { id: number, error: string }} Done
 */

/** @param {Help} help @returns {(work: Work) => Promise<Done>} what to do with the messages that follow */
export function helper({ engine }) {
  const opened = load(engine, () => {}).then((module) => module.Helper.open());
  return async ({ id, share }) => {
    try {
      const there = await opened;
      return { id, gradient: await there.gradient(share) };
    } catch (error) {
      return { id, error: sentenceOf(error) };
    }
  };
}
