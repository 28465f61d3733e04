/** The main switch: straight, curved, whole. */

import { heard, sampled } from "./engine";
import { expect, test } from "./site";

const choose = (page: import("@playwright/test").Page, name: string) =>
  page.getByRole("radio", { name, exact: true }).check({ force: true });

test("the switch shows each rung at once, and the others stay as they were", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=500&data=cat&seed=2"));
  const curved = await sampled(page, () => choose(page, "Curved"));
  await expect(page.getByRole("region", { name: "Curved lane" })).toBeVisible();
  expect(curved.evaluations).toEqual([3, 3]);
  const straight = await sampled(page, () => choose(page, "Straight"));
  await expect(page.getByRole("region", { name: "Control lane" })).toBeVisible();
  await expect(page).toHaveURL(/objective=simple/);
  expect(straight.error[0]).toBeCloseTo(curved.error[0], 6);
  const whole = await sampled(page, () => choose(page, "Whole"));
  await expect(page.getByRole("region", { name: "Whole lane" })).toBeVisible();
  expect(whole.evaluations).toEqual([1, 1]);
  // One whole step is nearer than three of the others.
  expect(whole.error[1]).toBeLessThan(0.2 * Math.min(straight.error[0], curved.error[0]));
  await expect(page).toHaveURL(/#data=cat&points=500&seed=2$|#data=cat&(points|seed)=\d+&(points|seed)=\d+$/);

  // Steps of the visitor's own stay, but for the whole.
  const nine = await sampled(page, () =>
    page
      .getByLabel("Steps, as a number")
      .fill("9")
      .then(() => page.keyboard.press("Enter")),
  );
  expect(nine.evaluations).toEqual([9, 9]);
  expect((await sampled(page, () => choose(page, "Curved"))).evaluations).toEqual([9, 9]);
});

test("a rung of points is the same rung of digits", async ({ page }) => {
  test.setTimeout(5 * 60_000);
  await sampled(page, () => page.goto("./#points=300"));
  await sampled(page, () => choose(page, "Curved"));
  await sampled(page, () => page.getByRole("radio", { name: /digits/i }).check({ force: true }));
  await expect(page).toHaveURL(/lanes=ddim:network,curved_denoised:network/);
  await expect(page.getByRole("region", { name: "Curved lane" })).toBeVisible();
  // And three steps of them are three.
  await expect(page.getByLabel("Steps, as a number")).toHaveValue("3");
  for (const rung of ["Whole", "Straight"]) await sampled(page, () => choose(page, rung));
  await expect(page.getByLabel("Steps, as a number")).toHaveValue("3");
});

test("the whole step is learned in the page, after the velocity", async ({ page }) => {
  test.setTimeout(5 * 60_000);
  const small = "data=two_moons&width=64&batch=128&budget=400&map_steps=300&points=500&ema=0.99";
  await sampled(page, () => page.goto(`./#${small}`));
  // Both pass within a second or two, so every frame is looked at.
  const passing = [
    () => Boolean(document.querySelector("[aria-label='Not learned yet lane']")),
    () => document.body.innerText.includes("collecting its own paths"),
  ].map((seen) => page.waitForFunction(seen, null, { polling: "raf", timeout: 180_000 }));
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  await Promise.all(passing);
  await expect(page.getByText(/step\s*700\s*of\s*700/)).toBeVisible({ timeout: 180_000 });
  await expect(page.getByRole("region", { name: "Whole lane" })).toBeVisible();
  const reports = await heard(page, "training");
  const steps = (which: "noiseLoss" | "mapLoss") => reports.reduce((sum, report) => sum + report[which].length, 0);
  expect([steps("noiseLoss"), steps("mapLoss")]).toEqual([400, 300]);
  await expect(page.getByText("whole step", { exact: true })).toBeVisible();
});
