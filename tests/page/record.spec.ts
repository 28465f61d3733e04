/** Kept runs come back whole or not at all. Runs without a page. */
import { expect, test } from "@playwright/test";
import { bundled } from "./bundled";

const { readRun, VERSION } = await bundled<typeof import("../../www/store/run/record.js")>("www/store/run/record.js");
const { defaults } = await bundled<typeof import("../../www/store/settings/table.js")>("www/store/settings/table.js");

const bytes = new Uint8Array(100).fill(7);
const points = Float32Array.from({ length: 120 }, (_, i) => Math.sin(i));
const column = [1, 2, 3];
const losses = {
  losses: {
    step: column,
    noise: column,
    noiseSmooth: column,
    turn: [null, null, 1],
    turnSmooth: column,
    map: column,
    mapSmooth: column,
  },
  means: { noise: 1, turn: NaN, map: NaN, seen: 3 },
};
const whole = {
  version: VERSION,
  time: 1.7e12,
  bytes,
  step: 400,
  budget: 5000,
  settings: { ...defaults("drawn"), learning_rate: 0.01 },
  drawn: { points, labels: { name: "", names: ["1", "3"], of: new Uint8Array(60).fill(1, 20) } },
  uploaded: null,
  images: null,
  file: "",
  losses,
  checkpoints: [{ step: 400, bytes, loss: 0.3 }],
};

test("a whole record comes back as it was", () => {
  const { version, settings, ...run } = whole;
  expect(version).toBe(VERSION);
  // Parameters at their defaults are left out, as in links.
  const lanes = settings.lanes.map(({ sampler, source }) => expect.objectContaining({ sampler, source }));
  const grid = expect.objectContaining({ name: settings.grid.name });
  expect(readRun(whole)).toEqual({ ...run, settings: { ...settings, lanes, grid } });
  expect(readRun({ ...whole, settings: readRun(whole)?.settings })).toEqual(readRun(whole));
});

test("a drawing from before there were classes comes back without them", () => {
  expect(readRun({ ...whole, drawn: points })?.drawn).toEqual({ points, labels: null });
});

test("what training goes on from comes back too, and a run does without where it is damaged", () => {
  const state = new Uint8Array(300).fill(3);
  expect(readRun({ ...whole, state })?.state).toEqual(state);
  for (const damaged of [null, "state", new Uint8Array(2), new Float32Array(50)])
    expect(readRun({ ...whole, state: damaged })).toEqual(readRun(whole));
});

test("a damaged one does not come back", () => {
  const damages: [string, unknown][] = [
    ["version", 1],
    ["settings", null],
    ["settings", { data: "drawn", lanes: null }],
    ["settings", { data: "drawn", learning_rate: 1e9 }],
    ["settings", { data: "rabbit" }],
    ["settings", []],
    ["time", "yesterday"],
    ["time", 1e300],
    ["step", "400"],
    ["step", -1],
    ["step", NaN],
    ["bytes", "text"],
    ["bytes", new Uint8Array()],
    ["budget", Infinity],
    ["drawn", null],
    ["drawn", Float32Array.of(NaN, 1)],
    ["drawn", [1, 2]],
    ["drawn", { points: Float32Array.of(NaN, 1), labels: null }],
    ["drawn", { points, labels: { names: ["1", "2"], of: new Uint8Array(7) } }],
    ["drawn", { points, labels: { names: ["1"], of: new Uint8Array(60).fill(1) } }],
    ["uploaded", { name: 1, points }],
    ["images", new Uint8Array(783)],
    ["file", { name: "a" }],
  ];
  for (const [key, value] of damages) expect(readRun({ ...whole, [key]: value }), `${key}: ${value}`).toBeNull();
  for (const nothing of [null, undefined, 3, "run", [], {}, new Map()]) expect(readRun(nothing)).toBeNull();
});

test("losses and checkpoints that are damaged are left out", () => {
  const read = readRun({
    ...whole,
    losses: { losses: { step: [1] } },
    checkpoints: [{ step: "1" }, whole.checkpoints[0], null],
  });
  expect(read?.losses.losses.step).toEqual([]);
  expect(read?.checkpoints).toEqual(whole.checkpoints);
});

/** Whatever stands in the place of whatever: a run whose settings are within their limits, or none. */
test("no record breaks it", () => {
  let state = 11;
  const random = (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const values = [
    null,
    undefined,
    0,
    -1,
    1e308,
    NaN,
    Infinity,
    "",
    "ddim",
    "__proto__",
    [],
    [null],
    {},
    { name: "x" },
    bytes,
    points,
    true,
    () => 1,
    new Date(NaN),
  ];
  for (let turn = 0; turn < 3000; turn++) {
    const record: any = structuredClone(whole);
    for (let i = random(3); i >= 0; i--) {
      const inside = random(2) ? record.settings : record;
      if (typeof inside !== "object" || inside === null) continue;
      const keys = Object.keys(inside);
      inside[keys[random(keys.length)]] = values[random(values.length)];
    }
    const read = readRun(record);
    if (read) expect(read.settings.learning_rate).toBeLessThanOrEqual(0.1);
  }
});
