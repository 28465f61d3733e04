/** Sentences for the visitor: quiet, dismissible, never more than two at once, so that they cover nothing that is pressed. */
import { signal } from "@preact/signals";

/** @typedef {{ label: string, run: () => unknown }} Action */
/** @typedef {{ id: number, key: string, text: string, actions: Action[], timer: number }} Notice */

/** @type {import("@preact/signals").Signal<Notice[]>} */
export const notices = signal([]);
let next = 1;

/**
 * @param {string} text
 * @param {{ key?: string, action?: Action, other?: Action, seconds?: number }} [options] a notice with the same `key` is replaced;
 * `seconds` lets it leave by itself; without anything to press it does so after a while.
 */
export function say(text, { key = text, action, other, seconds = action ? undefined : 60 } = {}) {
  const id = next++;
  const timer = seconds ? window.setTimeout(() => dismiss(id), seconds * 1000) : 0;
  notices.value = [
    ...notices.value.filter((notice) => notice.key !== key),
    { id, key, text, actions: [action, other].filter((one) => one !== undefined), timer },
  ].slice(-2);
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
