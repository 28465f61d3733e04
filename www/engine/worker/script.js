/** The script of an engine. In the page that is a single file, the build puts the CPU engine's own in place of this. */

/** @param {string} url @returns {Promise<typeof import("../../generated/engine")>} */
export const script = (url) => import(url);
