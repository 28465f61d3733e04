/** The worker's loop around an engine that fails at some call: what it tells the page, and what it leaves to it. Runs without a page. */
import { expect, test } from "@playwright/test";
import { Choice } from "../../www/engine/worker/choice.js";
import { Loop } from "../../www/engine/worker/loop.js";

const MOMENTS = Number(process.env.FEWSTEPS_FAULT_MOMENTS ?? 3);
const BUDGET = 40;

/** As the engine fails: a device that is gone, a trap, memory that is overwritten or not to be had, a loss that went wrong. */
const FAULTS = {
  device: () =>
    Object.assign(new Error("the device did not answer: the browser took the GPU away"), { code: "device" }),
  wrong: () => Object.assign(new Error("a squared loss is negative"), { code: "wrong" }),
  trap: () => new WebAssembly.RuntimeError("unreachable"),
  overwritten: () => new Error("recursive use of an object detected which would lead to unsafe aliasing in rust"),
  memory: () => new RangeError("WebAssembly.Memory.grow(): Maximum memory size exceeded"),
  diverged: () => Object.assign(new Error("training stopped"), { code: "diverged" }),
};
type Fault = keyof typeof FAULTS;

/** An engine that fails once, at a call of a name. */
class Engine {
  step = 0;
  end = BUDGET;
  calls: Record<string, number> = {};
  parameters = 1;
  turnTrained = false;
  mapTrained = false;
  turnCost = 1;
  mapCost = 1;
  classes = 0;
  dimension = 2;
  total = 4;
  helping = 0;
  constructor(
    readonly at: string,
    readonly moment: number,
    readonly fault: Fault,
  ) {}
  #call(name: string) {
    this.calls[name] = (this.calls[name] ?? 0) + 1;
    if (name === this.at && this.calls[name] === this.moment) throw FAULTS[this.fault]();
  }
  configure() {
    this.#call("configure");
    return this.calls.configure === 1;
  }
  points = () => new Float32Array(8);
  setKnownPixels() {}
  stopMeasuring() {}
  measure() {}
  load() {
    this.#call("load");
  }
  goOn() {}
  useHelpers() {}
  lossFloor = () => null;
  async save() {
    this.#call("save");
    return new Uint8Array([1]);
  }
  async saveTraining() {
    return new Uint8Array([2]);
  }
  async trainSlice() {
    this.#call("train");
    this.step += 1;
    const one = Float32Array.of(0.5);
    const none = new Float32Array();
    return { step: this.step, noise: one, turn: none, map: none, milliseconds: 1, trajectories: null, free() {} };
  }
  lane() {
    let count = 0;
    const advance = async () => {
      this.#call("sample");
      count += 1;
      return {
        first: count - 1,
        states: new Float32Array(8),
        denoised: new Float32Array(),
        sigmas: Float32Array.of(1),
        steps: Float32Array.of(count),
        errors: new Float32Array(2),
        evaluations: count,
        cost: count,
        free() {},
      };
    };
    return {
      work: 1,
      points: 4,
      dimension: 2,
      total: 3,
      classes: new Uint8Array(),
      advance,
      get done() {
        return count === 3;
      },
      free() {},
    };
  }
}

const SCRIPT = `data:text/javascript,${encodeURIComponent(`
  export default async () => {};
  export const onDeviceLost = () => {};
  export const Session = { open: async () => globalThis.engineUnderTest };`)}`;
const engines = { cpu: { script: SCRIPT, wasm: "data:application/wasm;base64,AA==" }, webgpu: null };
const settings: any = { lanes: [{}], budget: BUDGET, width: 16, batch: 16, data: "cat", objective: "simple" };

/** One turn of the task queue. */
const turn = () => new Promise((resolve) => setTimeout(resolve));

/** The loop waits for no clock: after so many turns without a word it rests. */
async function rests(all: unknown[]) {
  for (let quiet = 0; quiet < 100; quiet++) {
    const before = all.length;
    await turn();
    if (all.length !== before) quiet = 0;
  }
}

/** What a loop around this engine tells, from its start until it rests or ends. */
async function told(engine: Engine) {
  Object.assign(globalThis, { engineUnderTest: engine });
  const all: any[] = [];
  const loop = new Loop((message: any) => all.push(message));
  loop.take({ type: "open", device: "cpu", workers: 1, engines });
  loop.take({ type: "configure", id: 1, run: 1, settings, kind: "points", fresh: true });
  loop.take({ type: "sample", run: 1 });
  loop.take({ type: "train", run: 1 });
  void loop.run();
  while (!all.some(({ type }) => ["answer", "refusal", "fatal"].includes(type))) await turn();
  await rests(all);
  return { all, loop, of: (type: string) => all.filter((message) => message.type === type) };
}

for (const [fault, code] of [
  ["device", "device_lost"],
  ["wrong", "wrong"],
  ["trap", "panic"],
  ["overwritten", "panic"],
] as const)
  for (const at of ["train", "sample", "save"])
    test(`${fault} at ${at} ends the engine with one sentence, and tells nothing as stopped`, async () => {
      for (let moment = 1; moment <= MOMENTS; moment++) {
        const engine = new Engine(at, moment, fault);
        const { of, loop, all } = await told(engine);
        const step = of("training").at(-1)?.step ?? 0;
        if (engine.calls[at] < moment) {
          // It was never asked so often.
          expect(of("fatal")).toEqual([]);
          continue;
        }
        const message = fault === "device" ? "the GPU does not answer any more" : FAULTS[fault]().message;
        expect(of("fatal"), `the ${moment}. time`).toEqual([{ type: "fatal", code, message }]);
        // The page goes on where this engine was: it must not hear that training was stopped.
        expect(of("training").every((report) => report.running || report.step === BUDGET)).toBe(true);
        expect(of("checkpoint").every((kept) => kept.step <= Math.max(step, engine.step))).toBe(true);
        const before = all.length;
        loop.take({ type: "sample", run: 1 });
        await rests(all);
        expect(all.length, "nothing more is told").toBe(before);
      }
    });

test("memory that is not to be had stops what needed it, and the engine goes on", async () => {
  for (let moment = 1; moment <= MOMENTS; moment++) {
    const { of, loop } = await told(new Engine("train", moment, "memory"));
    expect(of("fatal")).toEqual([]);
    expect(of("error").map(({ message }) => message)).toEqual([FAULTS.memory().message]);
    const { running, step } = of("training").at(-1);
    expect([running, step]).toEqual([false, moment - 1]);
    loop.take({ type: "train", run: 1 });
    await expect.poll(() => of("training").at(-1).step).toBe(BUDGET);
  }
});

test("training that went wrong is told, and the network is given to the page as it is then", async () => {
  const { of } = await told(new Engine("train", 3, "diverged"));
  expect(of("error").map(({ code }) => code)).toEqual(["diverged"]);
  expect(of("checkpoint").at(-1).step).toBe(2);
  expect(of("training").at(-1).running).toBe(false);
});

test("the first slice of steps, which prepares what the others find ready, promises no time", async () => {
  const engine = new Engine("none", 1, "trap");
  const slice = engine.trainSlice.bind(engine);
  engine.trainSlice = async () => ({ ...(await slice()), milliseconds: engine.step > 1 ? 10 : 60_000 });
  const left = (await told(engine)).of("training").map(({ secondsLeft }) => secondsLeft);
  expect(left[0]).toBe(null);
  expect(left[1]).toBeCloseTo((10 * (BUDGET - 2)) / 1000, 6);
});

test("settings that the engine refuses leave it as it was, and its refusal has a code and a sentence", async () => {
  const { of, loop } = await told(new Engine("configure", 1, "memory"));
  expect(of("refusal")).toEqual([{ type: "refusal", id: 1, code: "engine", message: FAULTS.memory().message }]);
  expect(of("frames")).toEqual([]);
  loop.take({ type: "configure", id: 2, run: 2, settings, kind: "points", fresh: true });
  loop.take({ type: "sample", run: 2 });
  await expect.poll(() => of("frames").length).toBe(3);
});

for (const [what, fault] of [
  ["read", null],
  ["refused", "diverged"],
] as const)
  test(`weights that come with settings are ${what} before whatever is asked next`, async () => {
    const engine = new Engine("load", 1, fault ?? "trap");
    if (!fault) engine.calls.load = 1;
    const { of, loop } = await told(engine);
    await expect.poll(() => of("training").at(-1).running).toBe(false);
    const begun = engine.calls.configure;
    loop.take({ type: "train", run: 1, steps: 5 });
    const weights = { bytes: new Uint8Array([1]) };
    loop.take({ type: "configure", id: 2, run: 2, settings, kind: "points", fresh: false, weights });
    loop.take({ type: "configure", id: 3, run: 3, settings, kind: "points", fresh: false });
    await expect.poll(() => of("answer").length).toBe(3);
    const [, second, third] = of("answer").map(({ value }) => value.unread);
    expect(second).toEqual(fault && { code: "diverged", message: FAULTS[fault]().message });
    expect(third).toBe(null);
    // Where they can't be read, a network is made that has learned nothing.
    expect(engine.calls.configure - begun).toBe(fault ? 3 : 2);
    expect(of("training").at(-1), "training waits").toMatchObject({ step: BUDGET, running: false });
  });

test("a device that is lost while it is compared leaves the run to the CPU", async () => {
  for (let moment = 1; moment <= 2; moment++) {
    const choice = new Choice(
      { type: "open", device: "auto", workers: 1, engines: { ...engines, webgpu: engines.cpu } },
      () => {},
    );
    choice.probe = { usable: true, real: true, adapter: "a GPU", why: "" };
    const steps = async (count: number) => ({ noise: Array(count).fill(1), free() {} });
    let calls = 0;
    const lost = async (count: number) => {
      calls += 1;
      if (calls === moment) throw FAULTS.device();
      return steps(count);
    };
    Object.assign(choice.sessions, { cpu: { train: steps }, webgpu: { train: lost } });
    await choice.compare("a run", () => {});
    expect(choice.decided("a run")).toMatchObject({ backend: "cpu" });
    expect(choice.decided("a run")?.reason).toBe(
      "The CPU computes: a GPU can’t be used (the device did not answer: the browser took the GPU away).",
    );
  }
});
