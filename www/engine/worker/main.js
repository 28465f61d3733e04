// @ts-check
/** The worker's entry: messages go into the loop one after the other. */
import { Loop } from "./loop.js";

/** @param {import("../protocol").FromWorker} message @param {Transferable[]} [transfer] */
const post = (message, transfer = []) => postMessage(message, { transfer });

// A panic in the middle of the engine's own asynchronous work never comes back to the loop, which would wait for good.
addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof WebAssembly.RuntimeError) post({ type: "fatal", code: "panic", message: reason.message });
});

const loop = new Loop(post);
addEventListener("message", ({ data }) => loop.take(data));
void loop.run();
