/** Where things stand: the steps first, numbers beside the pictures, everything within reach on any screen. */
import type { Locator, Page } from "@playwright/test";
import { sampled } from "./engine";
import { expect, test } from "./site";

const WIDTHS = [320, 360, 768, 1280, 1920];
const HEIGHT = 800;
const FOUR = "./#lanes=ddim:network,curved_gaussian_pc:network,dpmpp_2m:network,unipc:network";

type Box = { x: number; y: number; width: number; height: number };

/** All at one moment. */
const boxes = (locator: Locator): Promise<Box[]> =>
  locator.evaluateAll((all) =>
    all
      .map((one) => one.getBoundingClientRect())
      .filter(({ width }) => width > 0)
      .map(({ x, y, width, height }) => ({ x, y, width, height })),
  );

const apart = (a: Box, b: Box) =>
  a.x + a.width <= b.x + 0.5 ||
  b.x + b.width <= a.x + 0.5 ||
  a.y + a.height <= b.y + 0.5 ||
  b.y + b.height <= a.y + 0.5;

async function inView(page: Page, locator: Locator) {
  const box = await locator.boundingBox();
  const size = page.viewportSize();
  return box !== null && size !== null && box.y >= -1 && box.y + box.height <= size.height + 1;
}

for (const width of WIDTHS) {
  test(`steps fill the stage's width, and no mark covers another, at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: HEIGHT });
    await page.goto("./");
    const slider = await page.getByRole("slider", { name: "Steps" }).boundingBox();
    expect(slider?.width).toBeGreaterThan(Math.min(width, 1600) * 0.65);
    const marks = await boxes(page.getByRole("group", { name: "Steps" }).getByRole("button"));
    expect(marks.length).toBeGreaterThanOrEqual(8);
    marks.forEach((mark, i) => {
      expect(mark.width, "wide enough for a finger").toBeGreaterThanOrEqual(24);
      for (const other of marks.slice(i + 1)) expect(apart(mark, other)).toBe(true);
    });
  });

  test(`overlays and the way to the laboratory are within reach at ${width} pixels`, async ({ page }) => {
    await page.setViewportSize({ width, height: HEIGHT });
    await page.goto("./");
    await page.getByRole("checkbox", { name: "Trajectories" }).check();
    await expect(page).toHaveURL(/paths=1/);
    await page.getByRole("button", { name: "Laboratory" }).click();
    await expect(page.getByRole("heading", { name: "Laboratory" })).toBeInViewport();
    // What controls nothing in sight is not in sight.
    await expect(page.getByRole("button", { name: /^(Play|Pause)$/ })).not.toBeInViewport();
    await expect(page.getByRole("region", { name: "Train", exact: true }).getByRole("button")).not.toBeInViewport();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}

for (const [width, hash] of [
  [360, "./"],
  [360, FOUR],
  [1280, FOUR],
] as const) {
  test(`words and numbers stand beside the pictures at ${width} pixels, ${hash === FOUR ? "four lanes" : "two"}`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height: HEIGHT });
    await page.goto(hash);
    const all = await boxes(page.locator(".lane-head, .lane-view, .lane-foot"));
    const pictures = all.filter((_, i) => i % 3 === 1);
    const words = all.filter((_, i) => i % 3 !== 1);
    for (const picture of pictures) for (const word of words) expect(apart(picture, word)).toBe(true);
    const [first, second] = pictures;
    expect(second.y, "neighbours stand level").toBe(first.y);
  });
}

test("Train, its progress and Steps are on the first screen, and Train stays with the instrument", async ({ page }) => {
  for (const [width, height] of [
    [360, 740],
    [1280, 900],
  ]) {
    await page.setViewportSize({ width, height });
    await page.goto("./");
    const train = page.getByRole("region", { name: "Train", exact: true }).getByRole("button");
    for (const part of [train, page.getByRole("progressbar"), page.getByRole("slider", { name: "Steps" })])
      expect(await inView(page, part), `at ${width}`).toBe(true);
    const data = page.getByRole("heading", { name: "Data", exact: true }).first();
    const below = () => data.evaluate((heading) => scrollTo(0, heading.getBoundingClientRect().top + scrollY + 200));
    await below();
    // On a phone it would cover too much of what follows the stage; but there is no other way to stop what runs.
    expect(await inView(page, train), `further down at ${width}`).toBe(width > 700);
    await page.evaluate(() => scrollTo(0, 0));
    const run = page.getByRole("button", { name: "Run it live" });
    if (await run.isVisible()) await sampled(page, () => run.click());
    await train.click();
    await expect(page.getByRole("button", { name: "Stop training" })).toBeVisible({ timeout: 60_000 });
    await below();
    expect(await inView(page, train), `further down at ${width}, while it trains`).toBe(true);
    const bar = await page.getByRole("region", { name: "Train", exact: true }).boundingBox();
    expect(bar!.height, "one row").toBeLessThan(80);
    await train.click();
  }
});

test("on paper there is nothing to press and nothing that is still awaited", async ({ page }) => {
  await page.goto("./");
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.locator(".verdict-text")).toBeVisible();
  await expect(page.getByText("Fetching the laboratory")).toBeHidden();
  for (const name of [/^Train/, /^Pause$/, /Copy link/, /Draw points/, /Show the arrows/])
    await expect(page.getByRole("button", { name })).toHaveCount(0);
});

test("settings use the whole width", async ({ page }) => {
  await page.goto("./");
  await page.getByText("Training settings").click();
  const controls = await boxes(page.locator(".more-settings .control"));
  const right = Math.max(...controls.map(({ x, width }) => x + width));
  expect(right).toBeGreaterThan(1280 * 0.75);
  const settings = page.getByText("Training settings");
  const data = await page.getByRole("heading", { name: "Data", exact: true }).first().boundingBox();
  expect((await settings.boundingBox())!.x).toBeCloseTo(data!.x, 0);
});

test("on a low screen, picture and steps are seen together", async ({ page }) => {
  for (const [width, height] of [
    [740, 360],
    [640, 450],
  ]) {
    await page.setViewportSize({ width, height });
    await page.goto("./");
    await page.getByRole("group", { name: "Steps" }).evaluate((steps) => steps.scrollIntoView({ block: "end" }));
    expect(await inView(page, page.getByRole("slider", { name: "Steps" })), `steps at ${width}`).toBe(true);
    expect(await inView(page, page.locator(".lane-view").first()), `picture at ${width}`).toBe(true);
    expect(await inView(page, page.getByRole("button", { name: /^(Play|Pause)$/ })), `play at ${width}`).toBe(true);
  }
});

test("on a phone Train lies beside what it would learn, and covers none of it", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("./");
  const bar = page.getByRole("region", { name: "Train", exact: true });
  const [button] = await boxes(bar.getByRole("button"));
  const toggles = await boxes(bar.locator(".toggle label"));
  expect(toggles.length).toBe(3);
  for (const toggle of toggles) expect(apart(button, toggle)).toBe(true);
});

test("on a low screen the guide stands under the pictures", async ({ page }) => {
  await page.setViewportSize({ width: 740, height: 360 });
  await page.goto("./");
  await expect(page.locator(".guide")).toBeVisible();
  const [guide] = await boxes(page.locator(".guide"));
  for (const picture of await boxes(page.locator(".lane-view"))) expect(apart(guide, picture)).toBe(true);
});

test("what stands on the stage, and what nothing uses, is not among the settings", async ({ page }) => {
  await page.goto("./");
  const more = page.locator(".more-settings");
  await more.getByText("Sampling settings").click();
  for (const name of ["Morph", "Digit", "Guidance", "Steps"])
    await expect(more.getByText(name, { exact: true })).toHaveCount(0);
  await expect(more.getByText("Points", { exact: true })).toBeVisible();
  await page.getByRole("radio", { name: "Handwritten digits" }).check({ force: true });
  await expect(more.getByText("Points", { exact: true })).toHaveCount(0);
});
