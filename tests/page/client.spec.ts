/** The engine's client against a worker that answers late, out of order, or never. Runs without a page. */
import { expect, test } from "@playwright/test";
import { Channel } from "../../www/engine/channel.js";
import { Client } from "../../www/engine/client.js";
import { StudyClient } from "../../www/engine/studies/client.js";
import { FakeWorker } from "./fake-worker";

/** The page's worker, and all that it has started. */
class PageWorker extends FakeWorker {
  static all: PageWorker[] = [];
  static get last() {
    return PageWorker.all.at(-1) as PageWorker;
  }
  constructor() {
    super();
    PageWorker.all.push(this);
  }
}

test.beforeEach(() => {
  PageWorker.all = [];
  Object.assign(globalThis, { Worker: PageWorker, window: globalThis });
});

const channel = () => new Channel("worker.js", "test", { broken() {} });

test("answers find their requests in any order, and a refusal its code", async () => {
  const all = channel();
  const [first, second, third] = ["a", "b", "c"].map((type) => all.request({ type }));
  const [a, b, c] = PageWorker.last.sent.map(({ id }) => id);
  PageWorker.last.say({ type: "answer", id: c, value: "three" });
  PageWorker.last.say({ type: "refusal", id: b, code: "weights", message: "This is none." });
  PageWorker.last.say({ type: "answer", id: a, value: "one" });
  expect(await first).toBe("one");
  await expect(second).rejects.toMatchObject({ code: "weights", message: "This is none." });
  expect(await third).toBe("three");
});

test("what a worker was asked before it ended is refused, and what it still says is not heard", async () => {
  const events: any[] = [];
  const all = new Channel("worker.js", "test", { event: (event) => events.push(event), broken() {} });
  const asked = all.request({ type: "a" });
  all.close("it died");
  PageWorker.last.say({ type: "progress" });
  await expect(asked).rejects.toMatchObject({ code: "closed", message: "it died" });
  expect([PageWorker.last.ended, events]).toEqual([true, []]);
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
  PageWorker.last.say({ type: "opened", backend: "cpu", adapter: null, reason: "" });
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
  const [{ id: a }, { id: b }, { id: c }] = PageWorker.last.sent.filter(({ type }) => type === "field");
  PageWorker.last.say({ type: "answer", id: a, value: "old" });
  PageWorker.last.say({ type: "refusal", id: b, code: "outdated", message: "A newer run has begun." });
  PageWorker.last.say({ type: "answer", id: c, value: "new" });
  PageWorker.last.say({ type: "training", run: 1 });
  PageWorker.last.say({ type: "training", run: 2 });
  expect([await old, await refused, await current]).toEqual([null, null, "new"]);
  expect(calls("event")).toEqual([{ type: "training", run: 2 }]);
});

test("weights that were asked for come whatever run has begun since; a dead engine gives none", async () => {
  const { client } = live();
  client.beginRun();
  const given = client.save();
  client.beginRun();
  const lost = client.save();
  const [{ id }] = PageWorker.last.sent.filter(({ type }) => type === "save");
  PageWorker.last.say({ type: "answer", id, value: "bytes" });
  PageWorker.last.say({ type: "fatal", code: "panic", message: "unreachable" });
  expect([await given, await lost]).toEqual(["bytes", null]);
});

test("a dead engine is replaced three times within a minute, the second time without WebGPU, and then no more", () => {
  const { calls } = live();
  for (let death = 1; death <= 4; death++) {
    PageWorker.last.say({ type: "fatal", code: "panic", message: "unreachable" });
    PageWorker.last.say({ type: "opened", backend: "cpu", adapter: null, reason: "" });
  }
  expect(PageWorker.all.map(({ sent }) => sent[0].device)).toEqual(["auto", "auto", "cpu", "cpu"]);
  expect(calls("ready")).toEqual([false, true, true, true]);
  expect(calls("died").length).toBe(3);
  expect(calls("failed")).toEqual(["The engine stopped (unreachable)."]);
  expect(calls("phase").at(-1)).toBe("failed");
});

test("an engine that gives no sign of life is replaced, and one that does is not", async () => {
  const { client, calls } = live(5);
  const heart = setInterval(() => PageWorker.all[0].say({ type: "alive" }), 5);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(PageWorker.all.length).toBe(1);
  expect(PageWorker.last.sent.some(({ type }) => type === "beat")).toBe(true);
  clearInterval(heart);
  await expect.poll(() => calls("died")).toEqual(["it did not answer any more"]);
  expect(PageWorker.all.map(({ ended }) => ended)).toEqual([true, false]);
  // The fresh one is not counted before it says anything: its script may be on the way.
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(PageWorker.all.length).toBe(2);
  client.stop();
});

test("a study hears what is its own, and one that does not stop is ended", async () => {
  const client = new StudyClient({ studies: "studies.js", engines: { laboratory: { script: "", wasm: "" } } }, 1);
  const events: any[] = [];
  const first = client.run({ description: "{}" }, (event) => events.push(event));
  const second = client.run({ description: "{}" }, () => {});
  const [a, b] = PageWorker.last.sent.map(({ id }) => id);
  PageWorker.last.say({ type: "update", id: b, update: "of the second" });
  PageWorker.last.say({ type: "update", id: a, update: "of the first" });
  PageWorker.last.say({ type: "answer", id: a, value: { how: "cancelled", milliseconds: 5 } });
  expect(await first).toEqual({ how: "cancelled", milliseconds: 5 });
  expect(events).toEqual([{ type: "update", id: a, update: "of the first" }]);
  client.cancel();
  expect((await second).how).toBe("cancelled");
  expect(PageWorker.last.ended).toBe(true);
});

test("a study whose worker gives no sign of life is refused, and the next one has a fresh worker", async () => {
  const client = new StudyClient({ studies: "studies.js", engines: { laboratory: { script: "", wasm: "" } } }, 1, 5);
  const lost = client.run({ description: "{}" }, () => {});
  const [{ id }] = PageWorker.last.sent;
  PageWorker.last.say({ type: "outline", id, outline: {} });
  await expect(lost).rejects.toMatchObject({ code: "panic", message: "it did not answer any more" });
  expect(PageWorker.last.ended).toBe(true);
  void client.run({ description: "{}" }, () => {}).catch(() => {});
  expect(PageWorker.all.map(({ ended }) => ended)).toEqual([true, false]);
  client.end();
});
