// @ts-check
/**
 * The page as one file, fewsteps.html, which opens by double click: without a server a page may fetch nothing, start no module worker
 * and, in a worker, import nothing. So the workers hold the engine's script, and all files lie in an archive at the end of the page:
 *
 *   a u32 (little-endian), the length of what follows it: JSON, for each file its name, its type and its size;
 *   then the files, one after the other; all of it gzip.
 *
 * The archive is text in windows-1252, in which each byte is one character; base64 would make it a third larger. What HTML can't hold
 * as text (zero, carriage return, "<") and the escape "=" itself are written as "=" and the byte plus 64. www/boot/unpack.js reads it.
 *
 * Weights are in half precision here: samples differ from those of the site in the third digit. Of their bytes those with the
 * exponents come first, which are much alike, then the others: that is a tenth less for gzip.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { inlined } from "./boot.mjs";
import { sized } from "./files.mjs";
import { toHalf } from "./half.mjs";
import { buildElement, hashes, STRICT, withHead, withoutNotes } from "./html.mjs";
import { pageOptions } from "./page.mjs";

const FILE = "fewsteps.html";
/** Bytes at odd places, then those at even ones (www/boot/unpack.js). */
const PARTED = "application/x-parted";
const ESCAPED = new Set([0x00, 0x0d, 0x3c, 0x3d]);

/**
 * @param {import("./site").Site} site
 * @param {import("./site").Build} built
 * @returns {Promise<import("./site").Sized>}
 */
export async function writeSingleFile(site, built) {
  const { laboratory: engine } = built.engines;
  const [page, style] = await bundle(site, "www/main.jsx", "esm");
  const [worker] = await bundle(site, "www/engine/worker/main.js", "iife", engine.script);
  const [studies] = await bundle(site, "www/engine/studies/worker.js", "iife", engine.script);
  const read = (/** @type {string} */ name) => readFileSync(join(site.staging, name));
  const shipped = [...Object.values(built.weights), built.digits.url, ...(built.recorded ? [built.recorded] : [])];
  /** Names, types, contents. @type {[string, string, Uint8Array][]} */
  const files = [
    ["page.js", "text/javascript", page],
    ["page.css", "text/css", style],
    ["worker.js", "text/javascript", worker],
    ["studies.js", "text/javascript", studies],
    [engine.wasm, "application/wasm", read(engine.wasm)],
    [built.licences, "text/plain;charset=utf-8", read(built.licences)],
    ...shipped.map((name) => /** @type {[string, string, Uint8Array]} */ ([name, ...dense(name, read(name))])),
  ];
  const inner = { script: "", wasm: engine.wasm };
  /** @type {import("./site").Build} */
  const inside = {
    ...built,
    worker: "worker.js",
    studies: "studies.js",
    engines: { cpu: inner, laboratory: inner, webgpu: null },
    hosted: null,
  };
  const text = await html(site, inside);
  const end = text.indexOf("</body>");
  if (end < 0) throw new Error("index.html has no </body>.");
  const [before, after] = [text.slice(0, end), text.slice(end)].map(ascii);
  const archive = [Buffer.from('<script type="text/plain" id="archive">'), packed(files), Buffer.from("</script>\n")];
  writeFileSync(join(site.staging, FILE), Buffer.concat([before, ...archive, after]));
  return sized(site, FILE);
}

/** A file's type and content. @param {string} name @param {Buffer} content @returns {[string, Uint8Array]} */
function dense(name, content) {
  // Numbers of two bytes, whose upper halves are alike.
  const numbers = name.endsWith(".safetensors") ? toHalf(content) : name.startsWith("recorded") ? content : null;
  if (!numbers) return ["application/octet-stream", content];
  return [PARTED, Buffer.concat([numbers.filter((_, at) => at % 2 === 1), numbers.filter((_, at) => at % 2 === 0)])];
}

/**
 * @param {import("./site").Site} site
 * @param {string} entry
 * @param {"esm" | "iife"} format
 * @param {string} [engine] the script that a worker holds
 * @returns {Promise<[script: Uint8Array, style: Uint8Array]>}
 */
async function bundle(site, entry, format, engine) {
  const { outputFiles } = await build({
    ...pageOptions(site),
    entryPoints: [entry],
    format,
    write: false,
    sourcemap: false,
    legalComments: "none",
    minify: true,
    loader: { ".svg": "dataurl", ".woff2": "dataurl", ".png": "dataurl" },
    // Only a default place of the wasm is made of it, which nobody asks for.
    define: { ...pageOptions(site).define, "import.meta.url": '""' },
    plugins: [...(pageOptions(site).plugins ?? []), ...(engine ? [withEngine(join(site.staging, engine))] : [])],
  });
  const find = (/** @type {string} */ ending) => outputFiles.find(({ path }) => path.endsWith(ending))?.contents;
  const script = find(".js");
  if (!script) throw new Error(`esbuild made nothing of ${entry}.`);
  return [script, find(".css") ?? new Uint8Array()];
}

/**
 * The engine's script in place of its import.
 * @param {string} script
 * @returns {import("esbuild").Plugin}
 */
const withEngine = (script) => ({
  name: "engine",
  setup(build) {
    build.onLoad({ filter: /engine[\\/]worker[\\/]script\.js$/ }, () => ({
      contents: `import * as engine from ${JSON.stringify(script)}; export const script = () => engine;`,
      resolveDir: "/",
    }));
  },
});

/**
 * The page around the archive.
 * @param {import("./site").Site} site
 * @param {import("./site").Build} built
 */
async function html(site, built) {
  const start = await inlined(site, "www/boot/unpack.js");
  const head = [buildElement(built), `<script>${start}</script>`];
  return (
    withHead(withoutNotes(readFileSync(join(site.root, "index.html"), "utf8")), head)
      // It tells of a page at an address.
      .replace(/^\s*<(?:link rel="(?:manifest|canonical|apple-touch-icon)"|meta property="og:)[^>]*>\n/gm, "")
      .replace(/<meta charset=[^>]*>/i, () => `<meta charset="windows-1252" />\n    <meta ${policy(head.join(""))} />`)
      .replace('<div id="page">', (place) => `${place}<p class="boot">Opening Fewsteps…</p>`)
  );
}

/** Nothing from anywhere: the page has what it needs. @param {string} head */
function policy(head) {
  const rules = [
    "default-src 'none'",
    `script-src blob: 'wasm-unsafe-eval'${hashes(head, "script")}`,
    "worker-src blob:",
    "connect-src blob: data:",
    "img-src blob: data:",
    "media-src blob:",
    "font-src data:",
    ...STRICT,
  ];
  return `http-equiv="Content-Security-Policy" content="${rules.join("; ")}"`;
}

/** Text of the page outside the archive: characters beyond ASCII as references. @param {string} text */
function ascii(text) {
  const plain = [...text].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 128 ? character : `&#${code};`;
  });
  return Buffer.from(plain.join(""), "latin1");
}

/** @param {[string, string, Uint8Array][]} files */
function packed(files) {
  const list = Buffer.from(JSON.stringify(files.map(([name, type, { length }]) => [name, type, length])));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(list.length);
  const all = Buffer.concat([length, list, ...files.map(([, , content]) => content)]);
  // Codes for stretches half as long as usual: the files differ. That is 13 kB less.
  const archive = gzipSync(all, { level: 9, memLevel: 7 });
  const text = Buffer.alloc(2 * archive.length);
  let at = 0;
  for (const byte of archive) {
    if (ESCAPED.has(byte)) text[at++] = 0x3d;
    text[at++] = ESCAPED.has(byte) ? byte + 64 : byte;
  }
  return text.subarray(0, at);
}
