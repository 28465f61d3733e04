/** Which document an address asks for: the playground, whose settings follow the `#`, or the lessons. */

/** @param {string} hash */
export const isOfLessons = (hash) => /^#lessons?(?=[=&]|$)/.test(hash);

/** Whether this document shows lessons: then it has settings of its own, and the address is the lessons'. */
export const inLessons = isOfLessons(location.hash);

// Each is opened afresh: neither cleans up after itself.
window.addEventListener("hashchange", () => {
  if (isOfLessons(location.hash) !== inLessons) location.reload();
});
