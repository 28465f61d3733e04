/**
 * Whatever comes from outside, the parsers of the page answer with something sound or a refusal, and never with anything else. Runs without a
 * page. FEWSTEPS_FUZZ_CASES is the number of cases of each kind; one that fails is made smaller, and printed with its seed.
 */
import { gzipSync } from "node:zlib";
import { expect, test } from "@playwright/test";
import fc from "fast-check";
import { readPoints } from "../../www/store/data/csv.js";
import { CONTEXTS, codeImage, codeLabel } from "../../www/store/data/image-coder.js";
import { Encoder } from "../../www/store/data/range-coder.js";
import { decodeText } from "../../www/store/data/table-text.js";
import { understood } from "../../www/ui/embed/message.js";
import { bundled } from "./bundled";

const { complaint, read } =
  await bundled<typeof import("../../www/store/settings/link.js")>("www/store/settings/link.js");
const { fields } = await bundled<typeof import("../../www/store/settings/table.js")>("www/store/settings/table.js");
const { format, parse } =
  await bundled<typeof import("../../www/store/settings/text.js")>("www/store/settings/text.js");
const { readRun } = await bundled<typeof import("../../www/store/run/record.js")>("www/store/run/record.js");
const { packRun, unpackRun } = await bundled<typeof import("../../www/store/run/kept.js")>("www/store/run/kept.js");
const { formatStudy, parseStudy } =
  await bundled<typeof import("../../www/store/studies/text.js")>("www/store/studies/text.js");
const { studies } = await bundled<typeof import("../../www/store/studies/table.js")>("www/store/studies/table.js");
const { unpackDigits } = await bundled<typeof import("../../www/store/data/digits.js")>("www/store/data/digits.js");

const numRuns = Number(process.env.FEWSTEPS_FUZZ_CASES ?? 2000);
/** Fewer of what takes milliseconds. */
const few = { numRuns: Math.ceil(numRuns / 10) };

// As many as one likes take as long as they take.
test.beforeEach(() => test.setTimeout(process.env.FEWSTEPS_FUZZ_CASES ? 0 : 4 * 60_000));

const word = fc.oneof(
  fc.constantFrom(
    "",
    "0",
    "-1",
    "1e999",
    "NaN",
    "1,2",
    "__proto__",
    "constructor",
    "%E0%A4%A",
    "ddim:network",
    "%00",
    "{}",
    "[]",
  ),
  fc.double().map(String),
  fc.string({ unit: "binary", maxLength: 40 }),
);
const key = fc.oneof(
  fc.constantFrom(...fields.map((entry) => String(entry.key)), "drawn", "formula", "lab", "__proto__"),
  fc.string(),
);

/** What is read from a link must be what the settings' own text says, and complaints few and short. */
function sound(link: string) {
  const { settings, drawn, study, ignored } = read(link);
  const errors = fields.flatMap((entry) => {
    const value = settings[entry.key];
    return value === undefined ? [] : parse(entry, format(entry, value)).errors;
  });
  // No `expect`: Playwright keeps a step of the trace for each, which takes longer than the case.
  const whole =
    errors.length === 0 &&
    Object.getPrototypeOf(settings) === Object.prototype &&
    (drawn === null || drawn.points.every(Number.isFinite)) &&
    (!drawn?.labels || drawn.labels.of.length === drawn.points.length / 2) &&
    typeof study === "string" &&
    // Four sentences and a count; the longest names what can be chosen from.
    complaint(ignored).length < 4000;
  if (!whole) throw new Error(`${link}: ${errors.join("; ")}`);
}

test("links and attributes", () => {
  const attributes = fc.array(fc.tuple(key, word), { maxLength: 8 });
  fc.assert(
    fc.property(attributes, (all) => sound(all.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&"))),
    { numRuns },
  );
  fc.assert(
    fc.property(attributes, (all) => sound(all.map(([key, value]) => `${key}=${value}`).join("&"))),
    { numRuns },
  );
  fc.assert(fc.property(fc.string({ unit: "binary" }), sound), { numRuns });
});

test("messages to a figure", () => {
  const type = fc.constantFrom("play", "pause", "sample", "sleep", "train", "poster", "settings", "look", "toString");
  const near = fc.record(
    {
      fewsteps: fc.constantFrom(1, "1"),
      type,
      id: fc.anything(),
      hash: fc.anything(),
      steps: fc.anything(),
      theme: fc.anything(),
    },
    { requiredKeys: ["type"] },
  );
  const check = (data: any) => {
    const message: any = understood(data);
    if (message === null) return;
    expect(message.fewsteps).toBe(1);
    if (message.type === "train" && message.steps !== undefined) expect(Number.isSafeInteger(message.steps)).toBe(true);
    if (message.type === "poster" || message.type === "settings") expect(message.id).toBeGreaterThan(0);
    if (message.hash !== undefined && message.type === "settings") expect(typeof message.hash).toBe("string");
  };
  fc.assert(fc.property(fc.anything(), check), { numRuns });
  fc.assert(fc.property(near, check), { numRuns });
});

test("kept runs", () => {
  const values = fc.anything({ withTypedArray: true, withNullPrototype: true });
  const near = fc.record({
    version: fc.constant(2),
    time: fc.oneof(fc.constant(1.7e12), values),
    bytes: fc.oneof(fc.constant(new Uint8Array(100)), values),
    step: fc.oneof(fc.nat(), values),
    budget: fc.oneof(fc.nat(), values),
    file: fc.oneof(fc.string(), values),
    state: values,
    settings: fc.oneof(fc.record({ data: word }), fc.constant({ data: "cat" }), values),
    losses: values,
    checkpoints: fc.array(values),
  });
  // A string in JavaScript may hold half of a surrogate pair, which no link can.
  const formula = fc.oneof(fc.constantFrom("cos(t)", "x", ";", "\ud800"), fc.string({ unit: "binary" }), values);
  const number = fc.oneof(fc.constantFrom(0, 0.1, 1), fc.double(), values);
  const parts = { x: formula, y: formula, from: formula, to: formula, spread: number, density: formula, reach: number };
  const typed = fc.record(
    { kind: fc.oneof(fc.constantFrom("curve", "density", "toString"), values), ...parts },
    { requiredKeys: ["kind"] },
  );
  const ofFormula = (typed: unknown) => ({
    ...{ version: 2, time: 1.7e12, bytes: new Uint8Array(100), step: 4, budget: 50, file: "" },
    ...{ settings: { data: "uploaded" }, uploaded: { name: "a formula", points: new Float32Array(100), typed } },
  });
  const check = (found: unknown) => {
    const run = readRun(found);
    if (run)
      expect([typeof run.step, run.bytes.constructor.name, typeof run.settings.data]).toEqual([
        "number",
        "Uint8Array",
        "string",
      ]);
  };
  fc.assert(fc.property(values, check), { numRuns });
  fc.assert(fc.property(near, check), { numRuns });
  fc.assert(fc.property(typed.map(ofFormula), check), { numRuns });
  const curve = { kind: "curve", x: "cos(t)", y: "sin(t)", from: "0", to: "6", spread: 0.01 };
  const density = { kind: "density", density: "x^2", reach: 2 };
  for (const whole of [curve, density]) expect(readRun(ofFormula(whole))?.uploaded?.typed).toEqual(whole);
  for (const wrong of [
    { ...curve, x: "\ud800" },
    { ...curve, x: "a;b" },
    { ...curve, y: 7 },
    { ...curve, spread: "0.01" },
    { ...density, kind: "curve" },
    { ...density, density: "x".repeat(2000) },
    { ...density, reach: Number.NaN },
    "curve",
  ])
    expect(readRun(ofFormula(wrong))).toBeNull();
});

test("files of runs", () => {
  const run: any = {
    ...{ name: "A run", version: 2, time: 1.7e12, bytes: new Uint8Array(100), step: 4, budget: 50, file: "" },
    ...{ settings: { data: "cat", steps: 4 }, drawn: null, uploaded: null, images: null, picture: null },
    losses: { losses: { step: [1], noise: [0.5] }, means: { noise: 1, turn: NaN, map: NaN, seen: 1 } },
    checkpoints: [],
  };
  const whole = packRun(run);
  expect(typeof unpackRun(whole)).toBe("object");
  const piece = fc.constantFrom(
    "",
    "0",
    "-1",
    "1e999",
    "null",
    '""',
    "[]",
    "{}",
    '{"number":0}',
    '{"Uint8Array":"AA"}',
    '"é',
  );
  // Some of it in place of some of it.
  const near = fc.array(fc.tuple(fc.nat(whole.length), fc.nat(12), piece), { minLength: 1, maxLength: 3 });
  const check = (text: string) => {
    const found = unpackRun(text);
    const sound =
      typeof found === "string"
        ? /^[A-Z].*\.$/.test(found)
        : found.bytes instanceof Uint8Array && Number.isInteger(found.step) && typeof found.settings.data === "string";
    if (!sound) throw new Error(text);
  };
  const changed = (changes: [number, number, string][]) =>
    changes.reduce((text, [at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length), whole);
  fc.assert(
    fc.property(near, (changes) => check(changed(changes))),
    { numRuns },
  );
  fc.assert(fc.property(fc.string({ unit: "binary" }), check), { numRuns });
});

test("studies in links", () => {
  const name = fc.constantFrom(...studies.map(({ value }) => value), "", "__proto__");
  const parameters = [...new Set(studies.flatMap(({ parameters }) => parameters.map(({ key }) => key)))];
  const pair = fc.tuple(fc.oneof(fc.constantFrom(...parameters, "__proto__"), fc.string()), word);
  const check = (text: string) => {
    const { entry, values, errors } = parseStudy(text);
    const written = entry ? formatStudy(entry, values) : "";
    // What was read can be written, in six digits, and read again.
    const again = entry ? parseStudy(written) : { errors: [], values };
    const whole = again.errors.length === 0 && (!entry || formatStudy(entry, again.values) === written);
    if (!whole || (!entry && !errors.length)) throw new Error(text);
  };
  fc.assert(
    fc.property(name, fc.array(pair, { maxLength: 6 }), (name, pairs) =>
      check([name, ...pairs.map(([key, value]) => `${key}=${value}`)].join(";")),
    ),
    { numRuns },
  );
  fc.assert(fc.property(fc.string({ unit: "binary" }), check), { numRuns });
});

test("tables in any encoding", () => {
  const cell = fc.oneof(fc.double().map(String), fc.constantFrom("", "nan", "1,5", '"', "x", "#", "0x1f"));
  const table = fc
    .tuple(fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 80 }), fc.constantFrom(",", ";", "\t", " "))
    .map(([rows, separator]) => rows.map((row) => row.join(separator)).join("\n"));
  const check = (text: string) => {
    const result = readPoints(text);
    if ("error" in result) expect(result.error).toMatch(/^\S.*Nothing was changed\.$/s);
    else expect(result.points.length >= 100 && result.points.every(Number.isFinite)).toBe(true);
  };
  fc.assert(fc.property(table, check), few);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => check(decodeText(Uint8Array.from(bytes)))),
    few,
  );
});

/** As the build packs them. */
function pack(training: number, heldOut: number, side: number, coded: Uint8Array) {
  const bytes = new Uint8Array(16 + coded.length);
  bytes.set(new TextEncoder().encode("FSD3"));
  for (const [i, number] of [training, heldOut, side].entries())
    new DataView(bytes.buffer).setUint32(4 + 4 * i, number, true);
  bytes.set(coded, 16);
  return bytes;
}

test("packed digits", async () => {
  const sizes = fc.tuple(fc.nat(3), fc.oneof(fc.nat(3), fc.nat(2 ** 32 - 1)), fc.constantFrom(28, 27, 0));
  const header = fc
    .tuple(sizes, fc.uint8Array({ maxLength: 300 }))
    .map(([[training, heldOut, side], coded]) => pack(training, heldOut, side, coded));
  const bytes = fc.oneof(header, fc.uint8Array({ maxLength: 100 }));
  const check = async (packed: Uint8Array) => {
    const found = await unpackDigits(Uint8Array.from(packed)).catch((error: unknown) => error);
    if (!(found instanceof Error)) expect((found as Uint8Array).length % 785).toBe(16);
  };
  await fc.assert(
    fc.asyncProperty(bytes, (bytes) => check(gzipSync(bytes))),
    few,
  );
  await fc.assert(fc.asyncProperty(bytes, check), few);
});

test("digits that are packed come back bit for bit", async () => {
  const pixel = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.nat(255), fc.integer({ min: 250, max: 255 }));
  const image = fc.oneof(
    fc.uint8Array({ minLength: 784, maxLength: 784 }),
    fc.array(pixel, { minLength: 784, maxLength: 784 }),
  );
  const digits = fc.array(fc.tuple(image, fc.nat(9)), { minLength: 1, maxLength: 4 });
  const check = async (digits: [Iterable<number>, number][]) => {
    const encoder = new Encoder(CONTEXTS);
    for (const [, label] of digits) codeLabel(encoder, label);
    for (const [image] of digits) codeImage(encoder, Uint8Array.from(image), 28);
    const packed = pack(1, digits.length - 1, 28, encoder.end());
    const found = await unpackDigits(Uint8Array.from(gzipSync(packed)));
    expect([...found.subarray(16)]).toEqual([
      ...digits.flatMap(([image]) => [...image]),
      ...digits.map(([, label]) => label),
    ]);
  };
  await fc.assert(fc.asyncProperty(digits, check), few);
});
