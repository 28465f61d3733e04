/** Digits on the stage: a close look at one sample, and how good the lanes are. */
import { violations } from "./axe";
import { answers, heard, sampled } from "./engine";
import { expect, test } from "./site";

test("a close look shows the sample, what the classifier reads and the nearest training image @both", async ({
  page,
}) => {
  await sampled(page, () => page.goto(`./?device=${test.info().project.name}#data=digits&steps=2`));
  const images = page.getByRole("grid", { name: "Whole lane: its images" });
  const first = images.getByRole("button", { name: "A 0, image 1 of 36" });
  // One stop for each lane, and every image is named after its digit.
  await expect(images.locator("[tabindex='0']")).toHaveCount(1);
  await expect(images.getByRole("button", { name: /^A \d, image \d+ of 36$/ })).toHaveCount(36);
  await first.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  const look = page.getByRole("region", { name: "Image 2, finished" });
  await expect(look).toContainText(/nearest of the \d\d?,\d{3} training images/, { timeout: 120_000 });
  await expect(look.getByText(/The classifier reads a \d, .*%\./)).toHaveCount(2);
  await expect(look.getByRole("img", { name: "The sample of the" })).toHaveCount(2);
  const inspected = (await answers(page, "inspect")).at(-1);
  for (const one of inspected.looks) expect(one.distance).toBeGreaterThan(inspected.usual / 4);
  expect(await violations(page)).toEqual([]);
  const size = page.viewportSize()!;
  await page.setViewportSize({ width: 320, height: 740 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  await page.setViewportSize(size);

  // It follows the arrows, and goes back to where it came from.
  await page.keyboard.press("ArrowDown");
  await expect(look).toHaveCount(0);
  await expect(page.getByRole("region", { name: /Image \d+, finished/ })).toHaveAttribute("aria-busy", "false", {
    timeout: 120_000,
  });
  await page.keyboard.press("Escape");
  await expect(page.getByRole("region", { name: /finished/ })).toHaveCount(0);
  await images.getByRole("button", { name: "A 3, image 4 of 36" }).click();
  await page.getByRole("button", { name: "End the close look" }).click();
  await expect(images.getByRole("button", { name: "A 3, image 4 of 36" })).toBeFocused();

  // On either engine a measurement gets on by itself, and stops when told to.
  await expect
    .poll(async () => (await heard(page, "measured")).at(-1)?.measured.progress ?? 0, { timeout: 240_000 })
    .toBeGreaterThan(0);
  await page.getByRole("button", { name: "Stop measuring" }).click();
  await expect(page.getByRole("button", { name: "Measure quality" })).toBeEnabled();
});

test("one class is compared with that class", async ({ page }) => {
  const { error } = await sampled(page, () =>
    page.goto("./#data=digits&digit=7&guidance=1&steps=10&lanes=unipc:network,flow_map:network"),
  );
  // Sevens are as far from all digits as noise is.
  for (const one of error) expect(one).toBeLessThan(0.7);
});

test("what guidance costs is said where it is set", async ({ page }) => {
  await sampled(page, () => page.goto("./#data=digits&steps=4&guidance=1"));
  const classes = page.getByRole("group", { name: "Digits to make" });
  await expect(classes).toBeVisible();
  const cost = classes.getByText("Two evaluations a step: half the steps are left.");
  await expect(cost).toHaveCount(0);
  await sampled(page, () => classes.getByRole("slider", { name: /Guidance/ }).fill("2.5"));
  await expect(cost).toBeVisible();
  // Within an interval of noise levels only its steps take two.
  await page.getByText("Sampling settings").click();
  const upTo = page.getByRole("spinbutton", { name: "Guided up to" });
  await sampled(page, async () => {
    await upTo.fill("5");
    await upTo.press("Enter");
  });
  await expect(classes.getByText("Two evaluations a step from σ = 0 to 5.")).toBeVisible();
  await expect(page).toHaveURL(/[#&]guidance_highest=5(&|$)/);
});

test("quality is measured at rest, becomes the headline, and is forgotten when settings change", async ({ page }) => {
  await sampled(page, () => page.goto("./#data=digits&steps=3&guidance=1&lanes=ddim:network,ddim:dataset"));
  await expect(page.getByRole("button", { name: "Stop measuring" })).toBeVisible({ timeout: 60_000 });
  const line = page.getByText(
    /^Frechet distance to real digits:.*of 260 samples each, each digit as often as the others \(as many real images: \d\.\d\d\)\.$/,
  );
  await expect(line).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole("button", { name: "Measure quality" })).toBeEnabled({ timeout: 120_000 });
  const qualities = (await heard(page, "measured")).flatMap(({ measured }) =>
    measured.quality ? [measured.quality] : [],
  );
  expect(qualities.length).toBe(2);
  for (const { distance, uncertainty, floor } of qualities) {
    expect(distance).toBeGreaterThan(floor);
    expect(uncertainty).toBeLessThan(distance / 4);
  }
  await expect(page.locator(".verdict-text")).toHaveText(
    /^With 3 evaluations each, .* (ends at a Frechet distance of|are level, at Frechet distances of) .* from real digits.*\.$/,
  );

  // What waits is stopped by new settings, and the lanes are there at once.
  await page.getByRole("button", { name: "Measure quality" }).click();
  await sampled(page, () =>
    page
      .getByLabel("Steps, as a number")
      .fill("2")
      .then(() => page.keyboard.press("Enter")),
  );
  await expect(line).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Measure quality" })).toBeVisible();
});
