/** Workers that compute parts of a study. The first tests run without a page. */
import { expect, test as plain } from "@playwright/test";
import { Team } from "../../www/engine/studies/team.js";
import { FakeWorker } from "./fake-worker";
import { expect as seen, test } from "./site";

function team(workers: number, parts: number) {
  const hands: FakeWorker[] = [];
  const heard: unknown[][] = [];
  const study: any = {
    parts,
    take: (...words: unknown[]) => heard.push(["take", ...words]),
    lose: (helper: number) => heard.push(["lose", helper]),
  };
  const run: any = { type: "run", id: 7, workers, description: "{}" };
  const made = new Team(run, () => {
    hands.push(new FakeWorker());
    return hands[hands.length - 1];
  });
  return { hands, heard, study, work: () => made.work(study), end: () => made.end() };
}

/** The clock goes on by so many milliseconds. */
function later(milliseconds: number) {
  const { now } = performance;
  const shift = milliseconds;
  performance.now = () => now.call(performance) + shift;
}
const { now } = performance;
plain.afterEach(() => {
  performance.now = now;
});

plain("nobody is asked for a study that is short, has no parts, or may take one worker", () => {
  for (const [workers, parts, wait] of [
    [4, 9, 0],
    [4, 1, 2000],
    [1, 9, 2000],
  ]) {
    const { hands, work } = team(workers, parts);
    later(wait);
    work();
    performance.now = now;
    expect(hands.length).toBe(0);
  }
});

plain("helpers hear which they are, and the leader what they find, in between", () => {
  const { hands, heard, work, end } = team(3, 9);
  later(2000);
  work();
  expect(
    hands.map(({ sent }) => sent.map(({ type, helper, helpers, description }) => [type, helper, helpers, description])),
  ).toEqual([0, 1].map((index) => [["assist", index, 2, "{}"]]));
  hands[1].say({ type: "part", index: 8, found: undefined, done: 0.1 });
  expect(heard).toEqual([]);
  work();
  work();
  expect(heard).toEqual([["take", 1, 8, undefined, 0.1]]);
  end();
  expect(hands.every(({ ended }) => ended)).toBe(true);
});

plain("a helper that fails, breaks or is silent is let go, and the leader hears of it", () => {
  for (const fault of [
    (hand: FakeWorker) => hand.say({ type: "failed" }),
    (hand: FakeWorker) => hand.onerror?.({ message: "out of memory" }),
    () => later(40_000),
  ]) {
    const { hands, heard, work } = team(2, 9);
    later(2000);
    work();
    fault(hands[0]);
    work();
    work();
    expect(heard).toEqual([["lose", 0]]);
    expect(hands[0].ended).toBe(true);
    performance.now = now;
  }
});

test("a study is the same by three workers as by one, also where one of them breaks", async ({
  page,
  console: lines,
}) => {
  lines.expect(/broken on purpose/);
  const tables = page.locator(".tables");
  const found = async (workers: number, breaks: boolean) => {
    await page.goto("about:blank");
    await page.goto(`./?workers=${workers}#study=ranking;budgets=4,8;points=16000`);
    await page.getByRole("button", { name: /^Run( again)?$/ }).click({ timeout: 30_000 });
    // The one that leads, and its helpers.
    if (workers > 1) await seen.poll(() => page.workers().length, { timeout: 30_000 }).toBeGreaterThanOrEqual(workers);
    if (breaks)
      await page
        .workers()
        .at(-1)!
        .evaluate(() =>
          setTimeout(() => {
            throw new Error("broken on purpose");
          }),
        );
    await seen(page.locator(".outcome[data-status=done]")).toBeVisible({ timeout: 120_000 });
    await tables.locator("summary").click();
    return tables.innerText();
  };
  const alone = await found(1, false);
  seen(alone.length).toBeGreaterThan(500);
  seen(await found(3, false)).toBe(alone);
  seen(await found(3, true)).toBe(alone);
});
