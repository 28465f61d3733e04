/** What the screen and the pointer do by themselves: other pixels, motion that is not wanted, buttons and fingers that mean something else. */
import type { Page } from "@playwright/test";
import { sampled } from "./engine";
import { expect, test } from "./site";

const START = "./#points=300&steps=5";
const picture = (page: Page) => page.locator(".lane-view canvas").first();
/** Two frames are drawn: what moves has moved then. */
const twoFrames = (page: Page) =>
  page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
const board = (page: Page) => page.getByRole("application", { name: /Drawing board/ });

test("pictures follow the screen's pixels at the same size", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  await page.getByRole("button", { name: "Draw points" }).click();
  const pixels = () =>
    Promise.all(
      [picture(page), board(page)].map((one) =>
        one.evaluate((canvas: HTMLCanvasElement) => canvas.width / canvas.getBoundingClientRect().width),
      ),
    );
  const { width, height } = page.viewportSize()!;
  const session = await page.context().newCDPSession(page);
  // Chromium 156 tells the page of another ratio only where the width is another one too.
  for (const [deviceScaleFactor, narrower] of [
    [1.5, 2],
    [1, 0],
  ]) {
    const metrics = { width: width - narrower, height, deviceScaleFactor, mobile: false };
    await session.send("Emulation.setDeviceMetricsOverride", metrics);
    await expect
      .poll(async () => (await pixels()).every((ratio) => Math.abs(ratio - deviceScaleFactor) < 0.05), {
        message: `pictures have ${deviceScaleFactor} pixels for each of the page`,
      })
      .toBe(true);
  }
});

test("a projector has large type, also after a reload, and nothing is wider than the window", async ({ page }) => {
  const type = () => page.evaluate(() => Number.parseFloat(getComputedStyle(document.documentElement).fontSize));
  await page.goto("./");
  const button = page.getByRole("button", { name: "Projector" });
  const before = await type();
  await button.click();
  await expect(button).toHaveAttribute("aria-pressed", "true");
  expect(await type()).toBeGreaterThan(1.3 * before);
  await page.reload();
  expect(await type()).toBeGreaterThan(1.3 * before);
  for (const [width, height] of [
    [1024, 768],
    [1280, 720],
    [1920, 1080],
  ]) {
    await page.setViewportSize({ width, height });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
  await button.click();
  expect(await type()).toBe(before);
  await page.setViewportSize({ width: 360, height: 740 });
  await expect(button).toBeHidden();
});

test("motion that is not wanted any more stops, and so does what loads then", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  const play = page.getByRole("button", { name: "Play", exact: true });
  await expect(page.getByRole("button", { name: "Pause", exact: true })).toBeVisible();
  await page.emulateMedia({ reducedMotion: "reduce" });
  await expect(play).toBeVisible();
  const place = page.getByLabel("Time from noise to data");
  const rests = async () => {
    const before = await place.inputValue();
    for (const _ of [1, 2]) {
      await twoFrames(page);
      expect(await place.inputValue()).toBe(before);
    }
  };
  await rests();
  await sampled(page, () =>
    page
      .getByLabel("Steps, as a number")
      .fill("6")
      .then(() => page.keyboard.press("Enter")),
  );
  await expect(play).toBeVisible();
  await rests();
});

test("only the first finger and the left button draw, and follow a point", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  const follows = page.getByRole("checkbox", { name: "Follow a point" });
  await picture(page).click({ button: "right" });
  await expect(follows).not.toBeChecked();
  await picture(page).click();
  await expect(follows).toBeChecked();
  await page.getByRole("button", { name: "Draw points" }).click();
  const dots = () => board(page).getAttribute("aria-label");
  const none = await dots();
  expect(none).toContain("0 points");
  const box = (await board(page).boundingBox())!;
  const at = (x: number) => [box.x + x * box.width, box.y + 0.5 * box.height] as const;
  for (const button of ["right", "middle"] as const) {
    await page.mouse.move(...at(0.3));
    await page.mouse.down({ button });
    await page.mouse.move(...at(0.7), { steps: 5 });
    await page.mouse.up({ button });
  }
  expect(await dots()).toBe(none);
  // Two fingers: the second one puts down nothing, and does not end the stroke of the first.
  const touch = (type: string, pointerId: number, x: number, isPrimary: boolean) =>
    board(page).evaluate(
      (canvas, [type, pointerId, clientX, clientY, isPrimary]) => {
        // No such pointer is down, and only one that is can be captured.
        (canvas as HTMLElement).setPointerCapture = () => {};
        canvas.dispatchEvent(
          new PointerEvent(type, { pointerId, clientX, clientY, isPrimary, pointerType: "touch", bubbles: true }),
        );
      },
      [type, pointerId, ...at(x), isPrimary] as [string, number, number, number, boolean],
    );
  await touch("pointerdown", 2, 0.2, false);
  await touch("pointermove", 2, 0.8, false);
  expect(await dots()).toBe(none);
  await touch("pointerdown", 1, 0.2, true);
  await touch("pointerup", 2, 0.8, false);
  await touch("pointermove", 1, 0.4, true);
  await touch("pointerup", 1, 0.4, true);
  const drawn = Number(/([\d,]+) points/.exec((await dots()) ?? "")?.[1]);
  expect(drawn).toBeGreaterThan(10);
  await touch("pointermove", 1, 0.9, true);
  expect(await dots()).toContain(`${drawn} points`);
});
