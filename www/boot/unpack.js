/**
 * The start of the page that is a single file. All other files stand in one `<script>` at its end: an archive, packed by gzip, as
 * the text that its bytes are in windows-1252, which is the page's encoding. Bytes that a page can't hold are escaped (www/build/single.mjs).
 */

const ESCAPE = 0x3d;
const PARTED = "application/x-parted";

/** Bytes of all characters of windows-1252. @returns {Map<number, number>} */
function windows1252() {
  const all = Uint8Array.from({ length: 128 }, (_, i) => i + 128);
  const text = new TextDecoder("windows-1252").decode(all);
  return new Map([...text].map((character, i) => [character.charCodeAt(0), i + 128]));
}

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
function bytesOf(text) {
  const high = windows1252();
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let shift = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === ESCAPE) {
      shift = 64;
      continue;
    }
    bytes[length++] = (code < 128 ? code : (high.get(code) ?? code)) - shift;
    shift = 0;
  }
  return bytes.subarray(0, length);
}

/** Bytes at odd places came first, then those at even ones. @param {Uint8Array<ArrayBuffer>} bytes */
function joined(bytes) {
  const odd = bytes.length >> 1;
  return Uint8Array.from(bytes, (_, at) => bytes[at % 2 ? at >> 1 : odd + (at >> 1)]);
}

/** @param {Uint8Array<ArrayBuffer>} packed @returns {Promise<Record<string, Blob>>} the files by name */
async function unpack(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const all = await new Response(stream).arrayBuffer();
  const length = new DataView(all).getUint32(0, true);
  /** @type {[name: string, type: string, size: number][]} */
  const list = JSON.parse(new TextDecoder().decode(new Uint8Array(all, 4, length)));
  let at = 4 + length;
  return Object.fromEntries(
    list.map(([name, type, size]) => {
      at += size;
      const bytes = new Uint8Array(all, at - size, size);
      return [name, new Blob([type === PARTED ? joined(bytes) : bytes], { type })];
    }),
  );
}

async function start() {
  const archive = /** @type {HTMLElement} */ (document.getElementById("archive"));
  const files = await unpack(bytesOf(archive.textContent ?? ""));
  archive.remove();
  window.fewstepsFiles = files;
  const style = new CSSStyleSheet();
  await style.replace(await files["page.css"].text());
  document.adoptedStyleSheets = [style];
  await import(URL.createObjectURL(files["page.js"]));
}

addEventListener("DOMContentLoaded", () => {
  start().catch((error) => {
    const place = /** @type {HTMLElement} */ (document.getElementById("page"));
    place.textContent = `This file could not be opened (${error instanceof Error ? error.message : error}). It needs a browser of 2023 or newer, and must be complete: copy it again.`;
  });
});
