/** The entry of the engine's worker, and of those that help it: messages go into the loop one after the other. */
import { helper } from "./helper.js";
import { Loop } from "./loop.js";
import { transfer } from "./post.js";

/** @type {(message: import("../protocol").FromWorker) => void} */
const post = transfer;

// A panic in the middle of the engine's own asynchronous work never comes back to the loop, which would wait for good.
addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof WebAssembly.RuntimeError) post({ type: "fatal", code: "panic", message: reason.message });
});

/** What messages are for, which the first one decides. @type {((data: any) => void) | null} */
let take = null;
addEventListener("message", ({ data }) => {
  // Past the loop, which may wait for a GPU.
  if (data.type === "beat") postMessage({ type: "alive" });
  else if (take) take(data);
  else if (data.type === "help") {
    take = helper(data);
  } else {
    const loop = new Loop(post);
    take = (message) => loop.take(message);
    take(data);
    void loop.run();
  }
});
