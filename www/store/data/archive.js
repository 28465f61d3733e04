/** Files that hold several images: archives and arrays, also packed ones. Nothing is unpacked before it is known how large it becomes. */
import { evenly, imagesIn, isIdx, isNpy, MOST_PIXELS } from "./arrays.js";
import { MOST_IMAGES } from "./limits.js";

/** Of a file, and of all that is unpacked. */
const LARGEST = 100e6;
const UNPACKED = 200e6;
/** Entries of an archive. */
const ENTRIES = 20_000;
/** Entries that are unpacked at once. */
const TOGETHER = 40;

const PICTURES = /\.(png|jpe?g|webp|gif|bmp|svg|avif|ico)$/i;
const TYPES = /** @type {Record<string, string>} */ ({ svg: "image/svg+xml", jpg: "image/jpeg" });

/** A picture that is known, or a file that the browser is to decode. @typedef {{ name: string, grey?: import("./picture.js").Grey, file?: File }} Entry */
/** What came out, and sentences on what did not. @typedef {{ entries: Entry[], notes: string[] }} Unpacked */

const isZip = (/** @type {Uint8Array} */ bytes) => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] < 8;
const isGzip = (/** @type {Uint8Array} */ bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Whether a file holds several images, by its first bytes. @param {Blob} file */
export async function holdsSeveral(file) {
  const start = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  return isZip(start) || isGzip(start) || isNpy(start) || isIdx(start);
}

/** What a file holds. An `Error` ends a sentence that begins with the file's name. @param {File} file @returns {Promise<Unpacked>} */
export async function unpack(file) {
  if (file.size > LARGEST) throw new Error(`is larger than ${LARGEST / 1e6} MB`);
  return opened(file.name, new Uint8Array(await file.arrayBuffer()));
}

/** @param {string} name @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<Unpacked>} */
async function opened(name, bytes) {
  if (isZip(bytes)) return unzipped(name, bytes);
  return isGzip(bytes) ? unpacked(name.replace(/\.gz$/i, ""), await gunzip(bytes)) : arrayed(name, bytes);
}

/** What came out of an archive. @param {string} name @param {Uint8Array} bytes @param {import("./arrays.js").Room} [room] @returns {Unpacked} */
function unpacked(name, bytes, room) {
  if (isGzip(bytes) || isZip(bytes)) throw new Error("is an archive in an archive: unpack it first");
  if (!isNpy(bytes) && !isIdx(bytes)) throw new Error("holds neither an IDX file nor an array of NumPy");
  return arrayed(name, bytes, room);
}

/** @param {string} name @param {Uint8Array} bytes @param {import("./arrays.js").Room} [room] @returns {Unpacked} */
function arrayed(name, bytes, room) {
  const { pictures, total } = imagesIn(bytes, room);
  const notes =
    total > pictures.length
      ? [`${name}: ${pictures.length} of its ${total.toLocaleString("en")} images were taken, evenly.`]
      : [];
  return { entries: pictures.map((grey, i) => ({ name: `${name} ${i + 1}`, grey })), notes };
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
async function gunzip(bytes) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Error("is damaged: it can’t be unpacked");
    });
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    size += value.length;
    if (size > UNPACKED) {
      void reader.cancel();
      throw new Error(`unpacks to more than ${UNPACKED / 1e6} MB`);
    }
    parts.push(/** @type {Uint8Array<ArrayBuffer>} */ (value));
  }
}

/** @param {string} name @param {Uint8Array} bytes @returns {Promise<Unpacked>} */
async function unzipped(name, bytes) {
  const { unzipSync } = await import("fflate");
  const damaged = () => new Error("is damaged: it can’t be unpacked");
  /** @type {{ name: string, size: number }[]} */
  const all = [];
  const read = (/** @type {import("fflate").UnzipOptions["filter"]} */ filter) => {
    try {
      return unzipSync(bytes, { filter });
    } catch {
      throw damaged();
    }
  };
  read(({ name, originalSize }) => {
    all.push({ name, size: originalSize });
    return false;
  });
  if (all.length > ENTRIES) throw new Error(`holds more than ${ENTRIES.toLocaleString("en")} files`);
  const files = all.filter(({ name }) => !/(^|\/)(__MACOSX|\.)|\/$/.test(name));
  const arrays = files.filter(({ name }) => /\.npy$/i.test(name));
  const pictures = files.filter(({ name }) => PICTURES.test(name));
  const wanted = arrays.length ? arrays : pictures;
  if (!wanted.length) throw new Error("holds neither pictures nor arrays of NumPy");
  const taken = evenly(wanted.length, MOST_IMAGES).map((i) => wanted[i]);
  const size = taken.reduce((sum, one) => sum + one.size, 0);
  if (size > UNPACKED) throw new Error(`unpacks to more than ${UNPACKED / 1e6} MB`);
  const notes =
    taken.length < wanted.length
      ? [
          `${name}: ${taken.length} of its ${wanted.length.toLocaleString("en")} ${arrays.length ? "arrays" : "pictures"} were taken, evenly.`,
        ]
      : [];
  /** @type {Entry[]} */
  const entries = [];
  let pixels = MOST_PIXELS;
  for (let at = 0; at < taken.length; at += TOGETHER) {
    const names = new Set(taken.slice(at, at + TOGETHER).map((one) => one.name));
    for (const [inner, content] of Object.entries(read(({ name }) => names.has(name)))) {
      if (!arrays.length) {
        const [, extension = ""] = /\.(\w+)$/.exec(inner.toLowerCase()) ?? [];
        const type = TYPES[extension] ?? `image/${extension}`;
        entries.push({ name: inner, file: new File([/** @type {BlobPart} */ (content)], inner, { type }) });
        continue;
      }
      if (entries.length === MOST_IMAGES) {
        notes.push(
          `${name}: ${MOST_IMAGES.toLocaleString("en")} images were taken, and those after them were left out.`,
        );
        return { entries, notes };
      }
      try {
        const found = unpacked(inner, content, { images: MOST_IMAGES - entries.length, pixels });
        for (const { grey } of found.entries) pixels -= grey?.values.length ?? 0;
        entries.push(...found.entries);
        notes.push(...found.notes);
      } catch (error) {
        notes.push(`${inner} ${error instanceof Error ? error.message : error}.`);
      }
    }
    // The page goes on drawing.
    await new Promise((resolve) => setTimeout(resolve));
  }
  if (!entries.length) throw new Error(`holds no images: ${notes.join(" ").replace(/\.$/, "")}`);
  return { entries, notes };
}
