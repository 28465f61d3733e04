// @ts-check
/** The worker's entry: messages go into the loop one after the other. */
import { Loop } from "./worker/loop.js";

const loop = new Loop((message, transfer) => postMessage(message, { transfer }));
addEventListener("message", ({ data }) => loop.take(data));
void loop.run();
