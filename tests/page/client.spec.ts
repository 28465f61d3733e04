/** The engine's client against a worker that answers late, out of order, or never. Runs without a page. */
import { expect, test } from "@playwright/test";
import { Channel } from "../../www/engine/channel.js";
import { Client } from "../../www/engine/client.js";
import { StudyClient } from "../../www/engine/studies/client.js";

/** What the page's side needs of a worker. */
class FakeWorker {
  static all: FakeWorker[] = [];
  static get last() {
    return FakeWorker.all.at(-1) as FakeWorker;
  }
  sent: any[] = [];
  ended = false;
  onmessage: ((event: { data: any }) => void) | null = null;
  onerror: ((event: { message: string; preventDefault(): void }) => void) | null = null;
  constructor() {
    FakeWorker.all.push(this);
  }
  postMessage(message: any) {
    this.sent.push(message);
  }
  terminate() {
    this.ended = true;
  }
  say(data: any) {
    this.onmessage?.({ data });
  }
}

test.beforeEach(() => {
  FakeWorker.all = [];
  Object.assign(globalThis, { Worker: FakeWorker, window: globalThis });
});

const channel = () => new Channel("worker.js", "test", { broken() {} });

test("answers find their requests in any order, and a refusal its code", async () => {
  const all = channel();
  const [first, second, third] = ["a", "b", "c"].map((type) => all.request({ type }));
  const [a, b, c] = FakeWorker.last.sent.map(({ id }) => id);
  FakeWorker.last.say({ type: "answer", id: c, value: "three" });
  FakeWorker.last.say({ type: "refusal", id: b, code: "weights", message: "This is none." });
  FakeWorker.last.say({ type: "answer", id: a, value: "one" });
  expect(await first).toBe("one");
  await expect(second).rejects.toMatchObject({ code: "weights", message: "This is none." });
  expect(await third).toBe("three");
});

test("what a worker was asked before it ended is refused, and what it still says is not heard", async () => {
  const events: any[] = [];
  const all = new Channel("worker.js", "test", { event: (event) => events.push(event), broken() {} });
  const asked = all.request({ type: "a" });
  all.close("it died");
  FakeWorker.last.say({ type: "progress" });
  await expect(asked).rejects.toMatchObject({ code: "closed", message: "it died" });
  expect([FakeWorker.last.ended, events]).toEqual([true, []]);
});

/** A client whose engine is live, and what it was calls. */
function live(beat?: number) {
  const calls: [string, any][] = [];
  const listeners = ["phase", "progress", "opened", "ready", "died", "failed", "event"].map(
    (name) => [name, (what: any) => calls.push([name, what])] as const,
  );
  const site = { worker: "worker.js", engines: { cpu: { script: "", wasm: "" }, webgpu: null } };
  const client = new Client(site, "auto", 1, Object.fromEntries(listeners) as any, beat);
  client.start();
  FakeWorker.last.say({ type: "opened", backend: "cpu", adapter: null, reason: "" });
  return { client, calls: (name: string) => calls.filter(([what]) => what === name).map(([, value]) => value) };
}

const ask = { lane: 0, sigma: 1, columns: 1, rows: 1, turns: false };

test("answers and events of an outdated run are dropped", async () => {
  const { client, calls } = live();
  client.beginRun();
  const old = client.request("field", ask);
  const refused = client.request("field", ask);
  client.beginRun();
  const current = client.request("field", ask);
  const [{ id: a }, { id: b }, { id: c }] = FakeWorker.last.sent.filter(({ type }) => type === "field");
  FakeWorker.last.say({ type: "answer", id: a, value: "old" });
  FakeWorker.last.say({ type: "refusal", id: b, code: "outdated", message: "A newer run has begun." });
  FakeWorker.last.say({ type: "answer", id: c, value: "new" });
  FakeWorker.last.say({ type: "training", run: 1 });
  FakeWorker.last.say({ type: "training", run: 2 });
  expect([await old, await refused, await current]).toEqual([null, null, "new"]);
  expect(calls("event")).toEqual([{ type: "training", run: 2 }]);
});

test("weights that were asked for come whatever run has begun since; a dead engine gives none", async () => {
  const { client } = live();
  client.beginRun();
  const given = client.save();
  client.beginRun();
  const lost = client.save();
  const [{ id }] = FakeWorker.last.sent.filter(({ type }) => type === "save");
  FakeWorker.last.say({ type: "answer", id, value: "bytes" });
  FakeWorker.last.say({ type: "fatal", code: "panic", message: "unreachable" });
  expect([await given, await lost]).toEqual(["bytes", null]);
});

test("a dead engine is replaced three times within a minute, the second time without WebGPU, and then no more", () => {
  const { calls } = live();
  for (let death = 1; death <= 4; death++) {
    FakeWorker.last.say({ type: "fatal", code: "panic", message: "unreachable" });
    FakeWorker.last.say({ type: "opened", backend: "cpu", adapter: null, reason: "" });
  }
  expect(FakeWorker.all.map(({ sent }) => sent[0].device)).toEqual(["auto", "auto", "cpu", "cpu"]);
  expect(calls("ready")).toEqual([false, true, true, true]);
  expect(calls("died").length).toBe(3);
  expect(calls("failed")).toEqual(["The engine stopped (unreachable)."]);
  expect(calls("phase").at(-1)).toBe("failed");
});

test("an engine that gives no sign of life is replaced, and one that does is not", async () => {
  const { client, calls } = live(5);
  const heart = setInterval(() => FakeWorker.all[0].say({ type: "alive" }), 5);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(FakeWorker.all.length).toBe(1);
  expect(FakeWorker.last.sent.some(({ type }) => type === "beat")).toBe(true);
  clearInterval(heart);
  await expect.poll(() => calls("died")).toEqual(["it did not answer any more"]);
  expect(FakeWorker.all.map(({ ended }) => ended)).toEqual([true, false]);
  // The fresh one is not counted before it says anything: its script may be on the way.
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(FakeWorker.all.length).toBe(2);
  client.stop();
});

test("a study hears what is its own, and one that does not stop is ended", async () => {
  const client = new StudyClient({ studies: "studies.js", engines: { laboratory: { script: "", wasm: "" } } }, 1);
  const events: any[] = [];
  const first = client.run({ description: "{}" }, (event) => events.push(event));
  const second = client.run({ description: "{}" }, () => {});
  const [a, b] = FakeWorker.last.sent.map(({ id }) => id);
  FakeWorker.last.say({ type: "update", id: b, update: "of the second" });
  FakeWorker.last.say({ type: "update", id: a, update: "of the first" });
  FakeWorker.last.say({ type: "answer", id: a, value: { how: "cancelled", milliseconds: 5 } });
  expect(await first).toEqual({ how: "cancelled", milliseconds: 5 });
  expect(events).toEqual([{ type: "update", id: a, update: "of the first" }]);
  client.cancel();
  expect((await second).how).toBe("cancelled");
  expect(FakeWorker.last.ended).toBe(true);
});

test("a study whose worker gives no sign of life is refused, and the next one has a fresh worker", async () => {
  const client = new StudyClient({ studies: "studies.js", engines: { laboratory: { script: "", wasm: "" } } }, 1, 5);
  const lost = client.run({ description: "{}" }, () => {});
  const [{ id }] = FakeWorker.last.sent;
  FakeWorker.last.say({ type: "outline", id, outline: {} });
  await expect(lost).rejects.toMatchObject({ code: "panic", message: "it did not answer any more" });
  expect(FakeWorker.last.ended).toBe(true);
  void client.run({ description: "{}" }, () => {}).catch(() => {});
  expect(FakeWorker.all.map(({ ended }) => ended)).toEqual([true, false]);
  client.end();
});
