import { Outdated } from "./outdated.js";

/** How a pointer begins that Git LFS leaves in the place of a file. */
const POINTER = "version https://git-lfs";

/** Some hosts answer with a page of theirs, and no error, for files that are not there. @param {Uint8Array} bytes */
function refuseOther(bytes) {
  const start = new TextDecoder().decode(bytes.subarray(0, 64)).trimStart();
  if (/^<(!doctype|html|head|script|\?xml)/i.test(start)) throw new Outdated("the server sent a web page in its place");
  if (start.startsWith(POINTER)) throw new Error("the server has a pointer of Git LFS in its place");
}

/**
 * Fetches a whole file. `onFraction` hears how much has arrived, as far as the server tells the size.
 * @param {string} url
 * @param {(fraction: number | null) => void} [onFraction]
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function download(url, onFraction) {
  const response = await fetch(url);
  if (response.status === 404) throw new Outdated("the server no longer has it");
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const length = Number(response.headers.get("content-length")) || 0;
  // A compressed answer tells the compressed size only: then the fraction is unknown, not wrong.
  const known = length > 0 && !response.headers.get("content-encoding");
  if (!onFraction || !response.body) {
    const all = new Uint8Array(await response.arrayBuffer());
    refuseOther(all);
    return all;
  }
  const reader = response.body.getReader();
  /** @type {Uint8Array[]} */
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
    onFraction(known ? Math.min(1, size / length) : null);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  refuseOther(bytes);
  return bytes;
}
