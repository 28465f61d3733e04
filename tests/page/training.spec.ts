/** Training on the CPU, as a visitor sees it. */

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

for (const [what, data, deeds] of [
  ["other data, then Train", "two_moons", ["data", "train"]],
  ["Train, then other data", "two_moons", ["train", "data"]],
  ["Train, then other steps", "circles", ["train", "steps"]],
] as const)
  test(`all holds that is pressed before a busy engine has heard of it: ${what}`, async ({ page }) => {
    const start = "data=circles&objective=simple&points=200&steps=3&budget=200";
    await sampled(page, () => page.goto(`./?device=cpu&workers=1#${start}`));
    const busy = page
      .workers()
      .at(-1)!
      .evaluate(() => {
        const end = Date.now() + 4000;
        while (Date.now() < end);
      });
    for (const deed of deeds)
      if (deed === "data") await page.getByRole("radio", { name: "Two moons", exact: true }).check({ force: true });
      else if (deed === "train")
        await page
          .getByRole("button", { name: /^Train/ })
          .first()
          .click();
      else {
        await page.getByLabel("Steps, as a number").fill("7");
        await page.keyboard.press("Enter");
      }
    await busy;
    await expect(page.getByText("Trained here: step 200 of 200")).toBeVisible({ timeout: 30_000 });
    const name = { circles: "Circles", two_moons: "Two moons" }[data];
    await expect(page.getByRole("radio", { name, exact: true })).toBeChecked();
    await expect(page).toHaveURL(new RegExp(`data=${data}`));
    if (deeds.some((deed) => deed === "steps")) await expect(page).toHaveURL(/steps=7/);
  });
