/** Messages to the page; arrays are transferred, not copied. */

/** @param {unknown} value @returns {ArrayBuffer[]} */
function buffersOf(value) {
  if (ArrayBuffer.isView(value)) return [/** @type {ArrayBuffer} */ (value.buffer)];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.values(value).flatMap(buffersOf);
}

/** @param {object} message */
export function transfer(message) {
  postMessage(message, { transfer: buffersOf(message) });
}

/** The code of an error: the engine's errors have one. @param {unknown} error */
export const codeOf = (error) => String(/** @type {{ code?: unknown } | null} */ (error)?.code ?? "engine");

/**
 * Whether an error says that the engine is not what it was: a trap, or a complaint of wasm-bindgen about what it finds in memory. What
 * the engine refuses has a code, and memory that is not to be had is a range error.
 * @param {unknown} error
 */
export const isBroken = (error) =>
  error instanceof WebAssembly.RuntimeError ||
  (error instanceof Error && !("code" in error) && !(error instanceof RangeError));

/** @param {unknown} error */
export const sentenceOf = (error) => (error instanceof Error ? error.message : String(error));
