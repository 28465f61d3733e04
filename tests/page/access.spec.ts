/** For everyone: names and contrast by axe, a narrow screen, the keyboard, no motion unasked. */
import { violations } from "./axe";
import { sampled } from "./engine";
import { expect, test } from "./site";

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await sampled(page, () => page.goto("./#points=300&steps=6"));
    for (const summary of await page.locator("details > summary").all()) await summary.click();
    await page.getByRole("button", { name: "Errors, step by step" }).click();
    await page.getByRole("button", { name: "Draw points" }).click();
    await page.getByRole("button", { name: "Your own images" }).click();
    const ring = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>',
    );
    const upload = () =>
      page.getByLabel("Upload pictures").setInputFiles({ name: "ring.svg", mimeType: "image/svg+xml", buffer: ring });
    await upload();
    await page.getByRole("button", { name: "Add 1 picture" }).click();
    await upload();
    await expect(page.getByRole("group", { name: "Pictures to add" })).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Add a sampler" }).click();
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
}

/** A study's chart, bars and table have other names and colours than the stage. */
for (const [colorScheme, study] of [
  ["light", "langevin;count=200;evaluations=30"],
  ["dark", "ranking;samplers=ddim,curved_pc;budgets=3,5"],
] as const) {
  test(`axe finds nothing in the laboratory, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(`./#study=${study}`);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect(page.locator(".outcome[data-status=done]")).toBeVisible({ timeout: 60_000 });
    for (const summary of await page.locator(".laboratory details > summary").all()) await summary.click();
    expect(await violations(page)).toEqual([]);
    for (const width of [360, 320]) {
      await page.setViewportSize({ width, height: 740 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
  });
}

test("nothing is cut off at 360 and at 320 pixels", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await sampled(page, () => page.goto("./#points=300&steps=6"));
  for (const width of [360, 320]) {
    await page.setViewportSize({ width, height: 740 });
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth);
    expect(await overflow()).toBeLessThanOrEqual(width);
    await page
      .getByRole("button", { name: /choose a sampler/ })
      .first()
      .click();
    expect(await overflow(), "with a lane's settings open").toBeLessThanOrEqual(width);
    await page.keyboard.press("Escape");
    for (const name of [/^Train from scratch/, /^(Play|Pause)$/])
      await expect(page.getByRole("button", { name }).first()).toBeVisible();
  }
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: test.info().outputPath("narrow.png"), fullPage: true });
});

test("the keyboard reaches everything in order", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=300&steps=6"));
  const reached = new Set<string>();
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      return (
        element?.getAttribute("aria-label") ||
        (element as HTMLInputElement)?.labels?.[0]?.innerText ||
        element?.innerText ||
        element?.id ||
        ""
      );
    });
    reached.add(name.trim().split("\n")[0]);
  }
  for (const wanted of [
    /^(Play|Pause)$/,
    /Time from noise to data/,
    /Steps, as a number/,
    /Straight lane: DDIM, choose a sampler/,
    /^Train from scratch/,
    /Draw points/,
    /Copy link/,
  ]) {
    expect(
      [...reached].some((name) => wanted.test(name)),
      `${wanted} among ${[...reached].join(" | ")}`,
    ).toBe(true);
  }
});

test("while it plays, pictures and status say what the screen says", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=300&steps=6"));
  const picture = page.getByRole("img", { name: /^Straight lane: 300 points by DDIM/ });
  await expect(picture).toHaveAccessibleName(/from noise to data in 6 steps, ending with an error of [<>]? ?\d+ %\.$/);
  const screen = page.locator(".verdict-text");
  const spoken = page.locator(".verdict").getByRole("status");
  await expect(screen).toContainText("With 6 evaluations each");
  await expect(spoken).toHaveText((await screen.innerText()).replace(/\s+/g, " "));
  const number = page.getByLabel("Steps, as a number");
  await sampled(page, () => number.fill("1").then(() => number.press("Enter")));
  await expect(screen).toContainText("With 1 evaluation each");
  await expect(spoken).toHaveText((await screen.innerText()).replace(/\s+/g, " "));
  await expect(picture).toHaveAccessibleName(/in 1 step,/);
});

test("with forced colours, sliders and chosen marks can be seen", async ({ page }) => {
  await page.emulateMedia({ forcedColors: "active" });
  await page.goto("./");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  for (const name of ["Steps", "Time from noise to data"]) {
    const shot = (await page.getByRole("slider", { name }).screenshot()).toString("base64");
    const colours = await page.evaluate(async (shot) => {
      const image = new Image();
      image.src = `data:image/png;base64,${shot}`;
      await image.decode();
      const context = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
      context.drawImage(image, 0, 0);
      return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size;
    }, shot);
    expect(colours, `${name}: ground, track and thumb`).toBeGreaterThanOrEqual(3);
  }
  const mark = page.getByRole("group", { name: "Steps" }).getByRole("button", { pressed: true });
  await expect(mark).toHaveCSS("outline-style", "solid");
});

test("with reduced motion the picture stands still until played", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await sampled(page, () => page.goto("./#points=300&steps=6"));
  await page.waitForTimeout(500);
  const picture = () =>
    page
      .locator("canvas")
      .first()
      .evaluate((element: HTMLCanvasElement) => element.toDataURL());
  const still = await picture();
  await page.waitForTimeout(700);
  expect(await picture()).toBe(still);
});
