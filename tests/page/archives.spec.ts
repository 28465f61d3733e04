/** Images of one's own in files of several: what is taken from them, and what is refused, in which words. */
import { gzipSync } from "node:zlib";
import { strToU8, zipSync } from "fflate";
import { bundled } from "./bundled";
import { sampled } from "./engine";
import { expect, test } from "./site";

const { holdsSeveral, unpack } =
  await bundled<typeof import("../../www/store/data/archive.js")>("www/store/data/archive.js");

const SIDE = 28;
/** Image `n` has one light row, row `n` modulo its height. */
const pixels = (count: number, side = SIDE) =>
  Uint8Array.from({ length: count * side * side }, (_, i) => {
    const [image, row] = [Math.floor(i / side / side), Math.floor((i % (side * side)) / side)];
    return row === image % side ? 255 : 0;
  });

function idx(shape: number[], values: Uint8Array, type = 8) {
  const header = Buffer.alloc(4 + 4 * shape.length);
  [header[2], header[3]] = [type, shape.length];
  for (const [i, side] of shape.entries()) header.writeUInt32BE(side, 4 + 4 * i);
  return Buffer.concat([header, values]);
}

function npy(shape: number[], values: Uint8Array | Float32Array, { descr = "|u1", fortran = false } = {}) {
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${shape.join(", ")},), }`;
  const header = Buffer.from(`${text.padEnd(117)}\n`);
  const start = Buffer.from([0x93, ...Buffer.from("NUMPY"), 1, 0, header.length & 255, header.length >> 8]);
  return Buffer.concat([start, header, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]);
}

const file = (name: string, bytes: Uint8Array) => new File([new Uint8Array(bytes)], name);
const open = (name: string, bytes: Uint8Array) => unpack(file(name, bytes));
/** The row of an image that is light. */
const lightRow = (values: Float32Array, width: number) => Math.floor(values.findIndex((value) => value > 0.9) / width);

test("arrays of every kind become pictures, in their order", async () => {
  const three = pixels(3);
  const planes = Uint8Array.from({ length: 3 * 3 * SIDE * SIDE }, (_, i) => {
    const [image, place] = [Math.floor(i / (3 * SIDE * SIDE)), i % (SIDE * SIDE)];
    return three[image * SIDE * SIDE + place];
  });
  const inColour = Uint8Array.from({ length: 3 * three.length }, (_, i) => three[Math.floor(i / 3)]);
  for (const [name, bytes] of [
    ["train-images-idx3-ubyte", idx([3, SIDE, SIDE], three)],
    ["train-images-idx3-ubyte.gz", gzipSync(idx([3, SIDE, SIDE], three))],
    ["plain.npy", npy([3, SIDE, SIDE], three)],
    ["flat.npy", npy([3, SIDE * SIDE], three)],
    ["colours last.npy", npy([3, SIDE, SIDE, 3], inColour)],
    ["colours first.npy", npy([3, 3, SIDE, SIDE], planes)],
    [
      "from -1 to 1.npy",
      npy(
        [3, SIDE, SIDE],
        Float32Array.from(three, (v) => v / 127.5 - 1),
        { descr: "<f4" },
      ),
    ],
    ["several.npz", zipSync({ "images.npy": npy([3, SIDE, SIDE], three), "labels.npy": npy([3], three.slice(0, 3)) })],
  ] as const) {
    expect(await holdsSeveral(file(name, bytes)), name).toBe(true);
    const { entries } = await open(name, bytes);
    const rows = entries.map(({ grey }) => grey && [grey.width, grey.height, lightRow(grey.values, grey.width)]);
    expect(rows, name).toEqual([0, 1, 2].map((row) => [SIDE, SIDE, row]));
    expect(Math.max(...entries[0].grey!.values), name).toBeCloseTo(1, 6);
    expect(Math.min(...entries[0].grey!.values), name).toBeCloseTo(0, 6);
  }
});

test("of many images a thousand are taken, evenly, and that is said", async () => {
  const { entries, notes } = await open("many.npy", npy([2500, 8, 8], pixels(2500, 8)));
  expect(entries.length).toBe(1000);
  expect(notes).toEqual(["many.npy: 1000 of its 2,500 images were taken, evenly."]);
  const last = entries.at(-1)!.grey!;
  expect(lightRow(last.values, last.width)).toBe(Math.floor(999 * 2.5) % 8);
});

test("of an archive of arrays no more images are taken than of one array", async () => {
  const arrays = Object.fromEntries([1, 2, 3].map((i) => [`${i}.npy`, npy([600, 4, 4], pixels(600, 4))]));
  const { entries, notes } = await open("many.npz", zipSync(arrays));
  expect(entries.length).toBe(1000);
  expect(notes).toEqual([
    "2.npy: 400 of its 600 images were taken, evenly.",
    "many.npz: 1,000 images were taken, and those after them were left out.",
  ]);
  // The pixels of all arrays count together: alone the second one would fit.
  const small = npy([1, 1000, 1000], pixels(1, 1000));
  const large = npy([65, 1000, 1000], new Uint8Array(65e6));
  const both = await open("large.npz", zipSync({ "a.npy": small, "b.npy": large }, { level: 0 }));
  expect(both.entries.length).toBe(1);
  expect(both.notes.join()).toContain(
    "b.npy holds 65 million pixels, and all that is taken of a file may hold 65.5 million",
  );
});

test("pictures come out of a ZIP, and what is beside them stays in it", async () => {
  const { entries, notes } = await open(
    "pictures.zip",
    zipSync({
      "a/one.svg": strToU8("<svg/>"),
      "two.PNG": strToU8("x"),
      "readme.txt": strToU8("x"),
      "__MACOSX/._two.PNG": strToU8("x"),
    }),
  );
  expect(entries.map(({ name, file: inner }) => [name, inner?.type])).toEqual([
    ["a/one.svg", "image/svg+xml"],
    ["two.PNG", "image/png"],
  ]);
  expect(notes).toEqual([]);
});

test("what can’t be taken is refused in words", async () => {
  const one = pixels(1);
  const refused = async (bytes: Uint8Array) => {
    try {
      await open("bad", bytes);
    } catch (error) {
      return (error as Error).message;
    }
    return "nothing";
  };
  const zeros = new Uint8Array(210e6);
  for (const [bytes, sentence] of [
    [idx([5], new Uint8Array(5)), "holds labels and no images"],
    [idx([2, SIDE, SIDE], one), "is cut: it should hold 1,584 bytes"],
    [idx([2, 2], new Uint8Array(4)), "images have 4 to 1,024 pixels on a side"],
    [npy([1, SIDE, SIDE], one, { fortran: true }), "is stored column by column; save np.ascontiguousarray(array)"],
    [npy([1, SIDE, SIDE], one, { descr: "<c8" }), "holds numbers of the type “<c8”"],
    [npy([2, 2, 2, 2, 2], one), "has the shape 2 × 2 × 2 × 2 × 2; images have the shape n × height × width"],
    [npy([1, SIDE, SIDE], one.fill(7)), "of one even shade"],
    [npy([1, SIDE, SIDE], new Float32Array(784).fill(NaN), { descr: "<f4" }), "holds numbers that are none"],
    [npy([0, SIDE, SIDE], one), "holds no image"],
    [gzipSync(Buffer.from("text")), "holds neither an IDX file nor an array of NumPy"],
    [gzipSync(gzipSync(Buffer.from("text"))), "is an archive in an archive"],
    [gzipSync(zipSync({ "a.png": strToU8("x") })), "is an archive in an archive"],
    [zipSync({ "a.npy": zipSync({ "b.npy": npy([1, SIDE, SIDE], pixels(1)) }) }), "a.npy is an archive in an archive"],
    [zipSync({ "a.npy": gzipSync(npy([1, SIDE, SIDE], pixels(1))) }), "a.npy is an archive in an archive"],
    [
      npy([66, 1000, 1000], zeros.subarray(0, 66e6)),
      "holds 66 million pixels, and all that is taken of a file may hold 65.5 million",
    ],
    [gzipSync(npy([1, SIDE, SIDE], pixels(1))).subarray(0, 60), "is damaged"],
    [gzipSync(zeros, { level: 1 }), "unpacks to more than 200 MB"],
    [zipSync({ "huge.npy": zeros }, { level: 1 }), "unpacks to more than 200 MB"],
    [zipSync({ "readme.txt": strToU8("text") }), "holds neither pictures nor arrays of NumPy"],
    [zipSync({ "labels.npy": npy([3], new Uint8Array(3)) }), "holds no images: labels.npy has the shape 3"],
    [zipSync({ "one.npy": npy([1, SIDE, SIDE], one) }).subarray(0, 90), "is damaged"],
  ] as const)
    expect(await refused(bytes), sentence).toContain(sentence);
});

test("archives become the model’s images; bad ones are named", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=300&steps=3"));
  await page.getByRole("button", { name: "Your own images" }).click();
  const upload = page.getByLabel("Upload an archive");
  const ring = strToU8('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>');
  await upload.setInputFiles([
    { name: "digits.idx.gz", mimeType: "", buffer: gzipSync(idx([30, SIDE, SIDE], pixels(30))) },
    { name: "rings.zip", mimeType: "", buffer: Buffer.from(zipSync({ "ring.svg": ring, "odd.png": strToU8("x") })) },
    { name: "labels.idx", mimeType: "", buffer: idx([5], new Uint8Array(5)) },
  ]);
  const notices = page.getByRole("region", { name: "Notices" });
  await expect(notices).toContainText("labels.idx holds labels and no images");
  await expect(notices).toContainText("odd.png is no picture");
  const preview = page.getByRole("group", { name: "Pictures to add" });
  await preview.getByRole("button", { name: "Add 31 pictures" }).click();
  // As the file has them: one light row.
  const rows = await page
    .getByRole("list", { name: "What the model will learn from" })
    .locator("canvas")
    .nth(5)
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, 28, 28);
      return Array.from({ length: 28 }, (_, row) => data[4 * (28 * row + 3)]);
    });
  expect(rows).toEqual(Array.from({ length: 28 }, (_, row) => (row === 5 ? 255 : 0)));
  const result = await sampled(page, () => page.getByRole("button", { name: "Use these 31 images" }).click());
  expect(result.dimension).toBe(784);
});

test("reading a large archive can be cancelled", async ({ page }) => {
  await page.goto("./");
  await page.getByRole("button", { name: "Your own images" }).click();
  const files = Object.fromEntries(
    Array.from({ length: 900 }, (_, i) => [
      `${i}.svg`,
      strToU8(
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="${1 + (i % 3)}"/></svg>`,
      ),
    ]),
  );
  const reading = page
    .getByLabel("Upload an archive")
    .setInputFiles([{ name: "many.zip", mimeType: "", buffer: Buffer.from(zipSync(files)) }]);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await reading;
  await expect(page.getByText(/Reading/)).toHaveCount(0);
  expect(await page.getByRole("group", { name: "Pictures to add" }).locator("canvas").count()).toBeLessThan(900);
});
