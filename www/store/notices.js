/** Sentences for the visitor: quiet, dismissible, never more than four at once. */
import { signal } from "@preact/signals";

/** @typedef {{ label: string, run: () => unknown }} Action */
/** @typedef {{ id: number, key: string, text: string, actions: Action[], timer: number }} Notice */

/** @type {import("@preact/signals").Signal<Notice[]>} */
export const notices = signal([]);
let next = 1;

/**
 * @param {string} text
 * @param {{ key?: string, action?: Action, other?: Action, seconds?: number }} [options] a notice with the same `key` is replaced;
 * `seconds` lets it leave by itself.
 */
export function say(text, { key = text, action, other, seconds } = {}) {
  const id = next++;
  const timer = seconds ? window.setTimeout(() => dismiss(id), seconds * 1000) : 0;
  notices.value = [
    ...notices.value.filter((notice) => notice.key !== key),
    { id, key, text, actions: [action, other].filter((one) => one !== undefined), timer },
  ].slice(-4);
  return id;
}

/** @param {number} id */
export function dismiss(id) {
  notices.value = notices.value.filter((notice) => {
    if (notice.id === id) window.clearTimeout(notice.timer);
    return notice.id !== id;
  });
}

/** @param {string} key */
export function retract(key) {
  notices.value = notices.value.filter((notice) => notice.key !== key);
}
