/** Training on the CPU, as a visitor sees it. */
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { heard, losses, sampled } from "./engine";
import { expect, test } from "./site";

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("training brings the loss down, pauses, steps, resets and brings back", async ({ page }) => {
  await sampled(page, () => page.goto("./#data=two_moons&width=64&batch=256&budget=1500&points=500&steps=8"));
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  await expect(page.getByText("steps/s")).toBeVisible({ timeout: 60_000 });
  await expect
    .poll(async () => mean((await losses(page)).noise.slice(-100)), {
      timeout: 120_000,
      message: "mean noise loss of the last 100 steps",
    })
    .toBeLessThan(0.49);
  expect(mean((await losses(page)).noise.slice(0, 20)), "mean noise loss of the first 20 steps").toBeGreaterThan(0.53);
  expect((await losses(page)).turn.length, "losses of the turn").toBeGreaterThan(100);

  await page.getByRole("button", { name: "Stop training" }).click();
  await expect(page.getByRole("button", { name: /^Train on/ })).toBeVisible();
  const step = async () => (await heard(page, "training")).at(-1)?.step as number;
  const paused = await step();
  await page.getByRole("button", { name: "One training step" }).click();
  await expect.poll(step).toBe(paused + 1);

  await page.getByRole("button", { name: "Reset" }).click();
  await expect(page.getByText(/Training was reset/)).toBeVisible();
  await page.getByRole("button", { name: "Bring them back" }).click();
  await expect(page.getByText(new RegExp(`step\\s*${(paused + 1).toLocaleString("en")}\\s*of`))).toBeVisible();
});

test("what need not restart training does not", async ({ page }) => {
  await sampled(page, () => page.goto("./#data=circles&width=64&batch=128&budget=3000&points=300&steps=6"));
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  const step = async () => ((await heard(page, "training")).at(-1)?.step as number) ?? 0;
  await expect.poll(step, { timeout: 60_000 }).toBeGreaterThan(20);
  await page.getByText("Training settings").click();
  const rate = page.getByLabel(/Learning rate/);
  await rate.fill("0.0005");
  await rate.press("Enter");
  await page.getByRole("radio", { name: "Straight" }).check({ force: true });
  const after = await step();
  await expect.poll(step, { timeout: 30_000 }).toBeGreaterThan(after + 10);
  expect(after).toBeGreaterThan(20);
});

test("the page answers while it trains", async ({ page }) => {
  await sampled(page, () => page.goto("./#width=128&batch=1024&budget=5000&steps=6"));
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  await expect(page.getByText("steps/s")).toBeVisible({ timeout: 60_000 });
  const longest = await page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let worst = 0;
        let last = performance.now();
        const end = last + 3000;
        const tick = () => {
          const now = performance.now();
          worst = Math.max(worst, now - last);
          last = now;
          if (now < end) setTimeout(tick, 0);
          else resolve(worst);
        };
        tick();
      }),
  );
  expect(longest, "longest time the page did not answer, in ms").toBeLessThan(500);
});

test("the loss chart names its axes, and has the least loss that can be reached", async ({ page }) => {
  await page.addInitScript(() => {
    const fill = CanvasRenderingContext2D.prototype.fillText;
    (window as any).written = new Set();
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
      (window as any).written.add(text);
      return fill.call(this, text, ...(rest as [number, number]));
    };
  });
  await sampled(page, () => page.goto("./#points=300&steps=3&budget=200"));
  await page
    .getByRole("button", { name: /^Train from/ })
    .first()
    .click();
  await expect(page.getByText("the least possible")).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("img", { name: /^Loss over .*can’t fall below 0\.\d/ })).toBeVisible();
  const written = () => page.evaluate(() => [...(window as any).written]);
  await expect.poll(written).toEqual(expect.arrayContaining(["training step", "squared error"]));
});

test("the least loss is that of the data and the settings that are there, also while training and after an undo", async ({
  page,
}) => {
  const chart = page.getByRole("img", { name: /^Loss over/ });
  const least = async () => /can’t fall below ([\d.]+)/.exec((await chart.getAttribute("aria-label")) ?? "")?.[1];
  await sampled(page, () =>
    page.goto("./?device=cpu&workers=1#data=circles&points=300&steps=3&width=32&budget=100000"),
  );
  await deeds.train(page);
  await expect.poll(least, { timeout: 30_000 }).toBeDefined();
  const circles = await least();
  const add = (words: string) =>
    page.evaluate((words) => {
      location.hash = location.hash + words;
    }, words);
  // Other steps begin a run of the lanes, and leave the loss as it is; another weighting is another loss. Training goes on with both.
  await deeds.steps(page);
  await expect.poll(least).toBe(circles);
  await add("&weighting=sigma_power&weighting_power=1");
  await expect.poll(least, { timeout: 30_000 }).not.toBe(circles);
  await expect.poll(least, { timeout: 30_000 }).toBeDefined();
  await add("&weighting_power=0");
  await expect.poll(least, { timeout: 30_000 }).toBe(circles);
  await deeds.data(page);
  await expect.poll(least, { timeout: 30_000 }).not.toBe(circles);
  await expect.poll(least, { timeout: 30_000 }).toBeDefined();
  await deeds.restore(page);
  await expect.poll(least, { timeout: 30_000 }).toBe(circles);
});

/** The engine computes for so long, and hears nothing meanwhile; settled when it does again. */
const busy = (page: Page, milliseconds: number) =>
  page
    .workers()
    .at(-1)!
    .evaluate((milliseconds) => {
      const end = Date.now() + milliseconds;
      while (Date.now() < end);
    }, milliseconds);

/** Whether the engine has answered all that it was asked. */
const allAnswered = (page: Page) =>
  page.evaluate(() => {
    const { sent, received } = window.overheard;
    return sent.every(({ id }) => id === undefined || received.some((message) => message.id === id));
  });

const deeds = {
  data: (page: Page) => page.getByRole("radio", { name: "Two moons", exact: true }).check({ force: true }),
  train: (page: Page) =>
    page
      .getByRole("button", { name: /^Train/ })
      .first()
      .click(),
  async steps(page: Page) {
    await page.getByLabel("Steps, as a number").fill("7");
    await page.keyboard.press("Enter");
  },
  restore: (page: Page) => page.getByRole("button", { name: "Bring them back" }).first().click(),
};

for (const [what, data, first, second] of [
  ["other data, then Train", "two_moons", "data", "train"],
  ["Train, then other data", "two_moons", "train", "data"],
  ["Train, then other steps", "circles", "train", "steps"],
] as const)
  test(`all holds that is pressed before a busy engine has heard of it: ${what}`, async ({ page }) => {
    const start = "data=circles&objective=simple&points=200&steps=3&budget=200";
    await sampled(page, () => page.goto(`./?device=cpu&workers=1#${start}`));
    const free = busy(page, 4000);
    await deeds[first](page);
    await deeds[second](page);
    await free;
    await expect(page.getByText("Trained here: step 200 of 200")).toBeVisible({ timeout: 30_000 });
    const name = { circles: "Circles", two_moons: "Two moons" }[data];
    await expect(page.getByRole("radio", { name, exact: true })).toBeChecked();
    await expect(page).toHaveURL(new RegExp(`data=${data}`));
    if (second === "steps") await expect(page).toHaveURL(/steps=7/);
  });

for (const [what, end, first, second] of [
  ["a kept run, then Train", 400, "restore", "train"],
  ["a kept run, then other steps", 200, "restore", "steps"],
  ["Train, then a kept run", 200, "train", "restore"],
  ["other data, then a kept run", 200, "data", "restore"],
] as const)
  test(`a kept run holds that is brought back before a busy engine has heard of it: ${what}`, async ({ page }) => {
    const start = "data=circles&objective=simple&width=32&points=200&steps=3&budget=200";
    await sampled(page, () => page.goto(`./?device=cpu&workers=1#${start}`));
    await deeds.train(page);
    await expect(page.getByText("Trained here: step 200 of 200")).toBeVisible({ timeout: 30_000 });
    await expect.poll(async () => (await heard(page, "checkpoint")).at(-1)?.step).toBe(200);
    await sampled(page, () => page.reload());
    const free = busy(page, 4000);
    await deeds[first](page);
    await deeds[second](page);
    await free;
    await expect.poll(() => allAnswered(page)).toBe(true);
    await expect(page.getByText(`Trained here: step ${end} of ${end}`)).toBeVisible({ timeout: 30_000 });
    await expect(page.getByRole("radio", { name: "Circles", exact: true })).toBeChecked();
    if (second === "steps") await expect(page).toHaveURL(/steps=7/);
    // The engine has it too: a step more is the one after.
    await page.getByRole("button", { name: "One training step" }).click();
    await expect.poll(async () => (await heard(page, "training")).at(-1)?.step).toBe(end + 1);
    const taken = (await heard(page, "training")).flatMap(({ step, noiseLoss }) => (noiseLoss.length ? [step] : []));
    expect(Math.min(...taken), "the first step after the run was brought back").toBeGreaterThan(200);
  });

for (const [what, deed, outcome] of [
  ["open with the settings that come after it", "steps", "mine.safetensors, trained for"],
  ["not opened for other data that come after it, and the page says so", "data", "mine.safetensors: Other data came"],
] as const)
  test(`a file of weights that is opened while the engine is busy is ${what}`, async ({ page }) => {
    await sampled(page, () => page.goto("./?device=cpu&workers=1#data=circles&objective=simple&points=200&steps=3"));
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download weights" }).click();
    const path = await (await download).path();
    const free = busy(page, 4000);
    const mine = { name: "mine.safetensors", mimeType: "", buffer: readFileSync(path) };
    await page.getByLabel("Open weights").setInputFiles(mine);
    await deeds[deed](page);
    await free;
    await expect(page.getByText(outcome)).toBeVisible({ timeout: 30_000 });
    await expect(page).toHaveURL(deed === "steps" ? /steps=7/ : /data=two_moons/);
  });
