/** Adapters that never answer, answer wrongly, or go. Runs without a page. */
import { expect, test } from "@playwright/test";
import { Client } from "../../www/engine/client.js";
import { alike, Choice } from "../../www/engine/worker/choice.js";
import { inTime, probe } from "../../www/engine/worker/probe.js";

function offer(requestAdapter: () => unknown) {
  Object.defineProperty(globalThis, "navigator", { value: { gpu: { requestAdapter } }, configurable: true });
}

test("an adapter that never answers is given up, with a reason", async () => {
  offer(() => new Promise(() => {}));
  const found = await probe(50);
  expect(found).toMatchObject({ usable: false, real: false });
  expect(found.why).toContain("did not say in time");
});

test("adapters that throw, or are none, are a reason too", async () => {
  offer(() => {
    throw new Error("no driver");
  });
  expect((await probe(1000)).why).toContain("no driver");
  offer(() => null);
  expect((await probe(1000)).why).toContain("offers no WebGPU adapter");
});

test("an adapter without timestamps, or that allows less than the standard, is a reason too", async () => {
  const limits = {
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
    maxStorageBuffersPerShaderStage: 8,
    maxStorageBufferBindingSize: 2 ** 27,
  };
  const info = { description: "Small GPU" };
  const found = (features: string[], own: object) => {
    offer(() => ({ info, features: new Set(features), limits: { ...limits, ...own } }));
    return probe(1000);
  };
  expect(await found(["timestamp-query"], {})).toMatchObject({ usable: true, real: true });
  expect(await found([], {})).toMatchObject({ usable: false, adapter: "Small GPU" });
  for (const limit of Object.keys(limits))
    expect((await found(["timestamp-query"], { [limit]: 4 })).why).toContain(`allows too little (${limit} below`);
});

test("what comes in time comes", async () => {
  expect(await inTime(Promise.resolve(3), 1000, "late")).toBe(3);
  await expect(inTime(new Promise(() => {}), 10, "late")).rejects.toThrow("late");
});

test("an engine that computes other losses is not chosen", () => {
  const ours = [1.2, 0.9, 0.5, 0.3];
  expect(
    alike(
      ours,
      ours.map((loss) => loss * 1.00001),
    ),
  ).toBe(true);
  for (const theirs of [
    [1.2, 0.9, 0.9, 0.5],
    [1.2, 0.9, 0, 0],
    [1.2, 0.9, -0.5, 0.3],
    [1.2, 0.9, NaN, 0.3],
    [1.2, 0.9, 0.5],
    [],
  ])
    expect(alike(ours, theirs), theirs.join()).toBe(false);
});

test("a GPU whose losses are others loses to the CPU however fast it is, and the page says why", async () => {
  const losses = (factor: number) => ({
    train: async (steps: number) => ({ noise: Array(steps).fill(factor), free() {} }),
  });
  for (const [factor, backend, reason] of [
    [1.3, "cpu", "The CPU computes: a GPU can’t be used (it computes other losses than the CPU)."],
    [NaN, "cpu", "it computes other losses than the CPU"],
    [1.00001, "webgpu", "WebGPU computes: "],
  ] as const) {
    const engine = { script: "", wasm: "" };
    const choice = new Choice(
      { type: "open", device: "auto", workers: 1, engines: { cpu: engine, webgpu: engine } },
      () => {},
    );
    choice.probe = { usable: true, real: true, adapter: "a GPU", why: "" };
    const slow = {
      train: (steps: number) => new Promise((resolve) => setTimeout(resolve, 20)).then(() => losses(1).train(steps)),
    };
    Object.assign(choice.sessions, { cpu: slow, webgpu: losses(factor) });
    await choice.compare("a run", () => {});
    expect(choice.decided("a run")?.backend).toBe(backend);
    expect(choice.decided("a run")?.reason).toContain(reason);
    expect(choice.undecided("another run"), "what computes wrongly is not tried again").toBe(backend === "webgpu");
  }
});

/** The worker of the page, as far as the client needs one. */
class FakeWorker {
  static last: FakeWorker;
  sent: any[] = [];
  onmessage: ((event: { data: any }) => void) | null = null;
  onerror: unknown = null;
  constructor() {
    FakeWorker.last = this;
  }
  postMessage(message: any) {
    this.sent.push(message);
  }
  terminate() {}
  say(data: any) {
    this.onmessage?.({ data });
  }
}

function live() {
  Object.assign(globalThis, { Worker: FakeWorker, window: globalThis });
  const heard: [string, ...any[]][] = [];
  const names = ["phase", "progress", "opened", "ready", "died", "failed", "event"];
  const listeners = Object.fromEntries(names.map((name) => [name, (...what: any[]) => heard.push([name, ...what])]));
  const site = { worker: "worker.js", engines: { cpu: { script: "", wasm: "" }, webgpu: null } };
  const client = new Client(site, "auto", 1, listeners as any);
  client.start();
  FakeWorker.last.say({ type: "opened", backend: "webgpu", adapter: "a GPU", reason: "" });
  return (name: string) => heard.filter(([what]) => what === name).map(([, ...rest]) => rest);
}

test("a device that computed wrongly is not used again, and one that was lost is, once", () => {
  for (const [code, device] of [
    ["wrong", "cpu"],
    ["device_lost", "auto"],
  ]) {
    const heard = live();
    FakeWorker.last.say({ type: "fatal", code, message: "the reason" });
    expect(FakeWorker.last.sent[0]).toMatchObject({ type: "open", device });
    expect(heard("died")).toEqual([["the reason"]]);
    FakeWorker.last.say({ type: "opened", backend: "cpu", adapter: null, reason: "" });
    expect(heard("ready").at(-1)).toEqual([true]);
  }
});

test("files that are not there any more are not fetched over and over", () => {
  const heard = live();
  const { last } = FakeWorker;
  last.say({ type: "fatal", code: "outdated", message: "the engine is no longer there" });
  expect(FakeWorker.last).toBe(last);
  expect(heard("failed")).toEqual([["the engine is no longer there.", true]]);
});
