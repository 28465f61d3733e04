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

/** @param {unknown} error */
export const sentenceOf = (error) => (error instanceof Error ? error.message : String(error));
