/**
 * Listens in on what the page and its worker say to each other, from outside: the page itself knows nothing of it.
 * Tests wait on these messages instead of on the clock.
 */
import type { Page } from "@playwright/test";
import type { FromWorker, ToWorker } from "../../www/engine/protocol";
import type { FromStudies, ToStudies } from "../../www/engine/studies/protocol";

/** A message without its large arrays. */
export interface Heard {
  type: FromWorker["type"] | FromStudies["type"];
  run?: number;
  [rest: string]: any;
}

interface Sent {
  type: ToWorker["type"] | ToStudies["type"];
  id?: number;
  run?: number;
  lanes?: number;
  /** Of a field. */
  sigma?: number;
  columns?: number;
  rows?: number;
}

declare global {
  interface Window {
    overheard: { sent: Sent[]; received: Heard[] };
  }
}

/** To be called before the page is opened. */
export async function listenIn(page: Page) {
  await page.addInitScript(() => {
    const sent: Sent[] = [];
    const received: Heard[] = [];
    window.overheard = { sent, received };
    const small = (value: any): any => {
      if (ArrayBuffer.isView(value)) return value.byteLength <= 8192 ? Array.from(value as any) : undefined;
      if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, small(part)]));
    };
    window.Worker = class extends Worker {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        this.addEventListener("message", ({ data }) => {
          received.push(small(data));
        });
      }
      override postMessage(message: any, rest?: any) {
        const { type, id, run, settings, sigma, columns, rows } = message;
        sent.push({ type, id, run, sigma, columns, rows, lanes: settings?.lanes.length });
        super.postMessage(message, rest);
      }
    };
  });
}

/** All messages of one type so far. */
export async function heard(page: Page, type: Heard["type"]): Promise<Heard[]> {
  return page.evaluate((type) => window.overheard.received.filter((message) => message.type === type), type);
}

/** Answers to all requests of one type so far. */
export async function answers(page: Page, type: Sent["type"]): Promise<any[]> {
  return page.evaluate((type) => {
    const { sent, received } = window.overheard;
    const ids = sent.filter((message) => message.type === type).map(({ id }) => id);
    return received
      .filter((message) => message.type === "answer" && ids.includes(message.id))
      .map(({ value }) => value);
  }, type);
}

/** The message that says which engine computes, once it has come. */
export async function opened(page: Page) {
  await page.waitForFunction(() => window.overheard.received.some((message) => message.type === "opened"), null, {
    timeout: 120_000,
  });
  return (await heard(page, "opened")).at(-1) as Heard & { backend: string; adapter: string | null; reason: string };
}

/** Losses of every step of the current run, in order. */
export async function losses(page: Page): Promise<{ noise: number[]; turn: number[] }> {
  return page.evaluate(() => {
    const run = window.overheard.sent.findLast((message) => message.run !== undefined)?.run;
    const reports = window.overheard.received.filter((message) => message.type === "training" && message.run === run);
    return { noise: reports.flatMap((report) => report.noiseLoss), turn: reports.flatMap((report) => report.turnLoss) };
  });
}

export interface Sampled {
  /** How far each lane ends from the data: 0 as fresh data, 1 as pure noise. */
  error: number[];
  evaluations: number[];
  cost: number[];
  dimension: number;
  points: number;
}

/** Does something that makes the page sample, and waits until all lanes of it are complete. */
export async function sampled(page: Page, act: () => Promise<unknown>): Promise<Sampled> {
  const before = await page.evaluate(() => ({
    document: performance.timeOrigin,
    samples: window.overheard?.sent.filter((message) => message.type === "sample").length ?? 0,
  }));
  await act();
  const complete = await page.waitForFunction(
    (before) => {
      if (!window.overheard) return null;
      const { sent, received } = window.overheard;
      const samples = sent.filter((message) => message.type === "sample");
      const known = before.document === performance.timeOrigin ? before.samples : 0;
      if (samples.length <= known) return null;
      const run = samples.at(-1)?.run;
      const requests = sent.filter((message) => message.run === run).map(({ id }) => id);
      const error = received.find(
        (message) =>
          message.type === "fatal" ||
          (message.type === "error" && message.run === run) ||
          (message.type === "refusal" && requests.includes(message.id)),
      );
      if (error) return { error: error.message as string };
      const frames = received.filter((message) => message.type === "frames" && message.run === run);
      const count = sent.filter((message) => message.type === "configure" && message.run === run).at(-1)?.lanes ?? 0;
      const lanes = Array.from({ length: count }, (_, lane) =>
        frames.filter((message) => message.lane === lane && message.done).at(-1),
      );
      if (!count || lanes.includes(undefined)) return null;
      return { lanes: lanes as Heard[] };
    },
    before,
    { timeout: 540_000, polling: 50 },
  );
  const value = await complete.jsonValue();
  if (!value?.lanes) throw new Error(`The worker said: ${value?.error}`);
  const { lanes } = value;
  return {
    // The first of each frame's two numbers; a frame between whole steps has none.
    error: lanes.map(
      (lane) =>
        (lane.errors as (number | null)[]).filter((error, i) => i % 2 === 0 && Number.isFinite(error)).at(-1) ?? NaN,
    ),
    evaluations: lanes.map((lane) => lane.evaluations),
    cost: lanes.map((lane) => lane.cost),
    dimension: lanes[0].dimension,
    points: lanes[0].points,
  };
}

/** Puts the page into the state that a link would open. */
export async function follow(page: Page, hash: string) {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, hash);
}
