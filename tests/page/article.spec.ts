/** The article beside its figures, one training step gone through slowly, and the guide of a first visit. */
import { violations } from "./axe";
import { losses, sampled } from "./engine";
import { expect, test } from "./site";

test("a chapter's picture stands beside its text", async ({ page }) => {
  await page.goto("./#points=300&steps=1");
  const button = page.getByRole("button", { name: "Five straight steps" });
  await button.scrollIntoViewIfNeeded();
  const figure = page.getByRole("figure", { name: "The stage, small" });
  await expect(figure).toBeInViewport({ ratio: 0.9 });
  await sampled(page, () => button.click());
  await expect(figure).toContainText("5 steps from noise to data");
  await expect(button, "the text stays where it is").toBeInViewport();
  await expect(figure).toBeInViewport({ ratio: 0.9 });
  // It moves, though the stage is out of sight.
  const picture = () =>
    figure
      .locator("canvas")
      .first()
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
  const before = await picture();
  await expect.poll(picture).not.toBe(before);
  await figure.getByRole("button", { name: "Hold still" }).click();
  await expect(figure.getByRole("button", { name: "Play on" })).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

test("on a narrow screen it stands in the chapter that it shows", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("./#points=300&steps=6");
  const button = page.getByRole("button", { name: "One whole step" });
  await button.scrollIntoViewIfNeeded();
  await expect(page.locator(".small-stage")).toHaveCount(1);
  // At the lower edge there is no room for what comes below it.
  await button.evaluate((element) => element.scrollIntoView({ block: "end" }));
  await sampled(page, () => button.click());
  const chapter = page.locator(".chapter", { has: button });
  await expect(chapter.getByRole("figure", { name: "The stage, small" })).toBeInViewport({ ratio: 0.95 });
  for (const width of [360, 320]) {
    await page.setViewportSize({ width, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

test("one training step is gone through slowly, and taken for real", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=300&steps=1&objective=accelerated&width=16&batch=16"));
  await page.getByRole("heading", { name: "Train it and watch" }).scrollIntoViewIfNeeded();
  const diagram = page.getByRole("figure", { name: "One training step, slowly" });
  const text = diagram.getByRole("status");
  await expect(text).toContainText("1. A training step begins with points of the data");
  const next = diagram.getByRole("button", { name: "Next" });
  for (let i = 2; i <= 7; i++) {
    await next.click();
    await expect(text).toContainText(new RegExp(`^${i}\\. `));
  }
  await expect(next).toBeDisabled();
  await diagram.getByRole("button", { name: "Back" }).click();
  await expect(diagram.locator(".is-back")).toBeVisible();
  await diagram.getByRole("button", { name: "Take one for real" }).click();
  await expect(diagram).toContainText(/Step 1: the velocity’s squared error was \d.*, the turn’s \d/);
  expect((await losses(page)).noise.length).toBe(1);
});

test("a first visit is guided, and once only", async ({ page }) => {
  await page.goto("./");
  const guide = page.getByRole("complementary", { name: "A short guide" });
  await expect(guide).toContainText("1 of 3");
  expect(await violations(page)).toEqual([]);
  await guide.getByRole("button", { name: "Next" }).click();
  await sampled(page, () => guide.getByRole("button", { name: "Give both 20" }).click());
  await expect(page.getByLabel("Steps, as a number")).toHaveValue("20");
  await guide.getByRole("button", { name: "Next" }).click();
  await expect(guide).toContainText("Press Train");
  await guide.getByRole("button", { name: "Done" }).click();
  await expect(guide).toHaveCount(0);
  await page.goto("about:blank");
  await page.goto("./");
  await page.waitForTimeout(2500);
  await expect(guide).toHaveCount(0);
});

test("the guide covers nothing that is pressed, and is not shown to whom a link was sent", async ({ page }) => {
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto("about:blank");
    await page.goto("./");
    const guide = page.getByRole("complementary", { name: "A short guide" });
    await expect(guide).toBeVisible();
    const covered = await guide.evaluate((aside) => {
      const box = aside.getBoundingClientRect();
      const controls = [...document.querySelectorAll("#stage :is(button, input, select, summary)")];
      return controls
        .filter((control) => !aside.contains(control))
        .filter((control) => {
          const other = control.getBoundingClientRect();
          return other.left < box.right && other.right > box.left && other.top < box.bottom && other.bottom > box.top;
        })
        .map((control) => control.outerHTML);
    });
    expect(covered).toEqual([]);
  }
  await page.goto("about:blank");
  await page.goto("./#steps=3");
  await page.waitForTimeout(2500);
  await expect(page.getByRole("complementary", { name: "A short guide" })).toHaveCount(0);
});
