/** Data of the visitor's own: a file, a drawing by mouse, a drawing by keyboard. */

import { sampled } from "./engine";
import { expect, test } from "./site";

const START = "./#points=300&steps=5";

const csv = (rows: string[]) => ({ name: "mine.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) });
const ring = Array.from(
  { length: 400 },
  (_, i) => `${(10 + 3 * Math.cos(i)).toFixed(4)},${(3 * Math.sin(i)).toFixed(4)}`,
);

test("a CSV with bad rows is refused by naming them, and nothing changes", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  const address = page.url();
  const rows = ["x,y", ...ring];
  rows[41] = "1.5,banana";
  rows[99] = "7";
  await page.getByLabel("Upload a CSV").setInputFiles(csv(rows));
  const notices = page.getByRole("region", { name: "Notices" });
  await expect(notices).toContainText("Row 42");
  await expect(notices).toContainText("banana");
  await expect(notices).toContainText("Row 100");
  expect(page.url()).toBe(address);
  await expect(page.getByRole("radio", { name: "Eight gaussians" })).toBeChecked();
});

test("a good CSV becomes the data, is sampled and trains", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  const result = await sampled(page, () => page.getByLabel("Upload a CSV").setInputFiles(csv(["x,y", ...ring])));
  expect(result.dimension).toBe(2);
  await expect(page.getByRole("radio", { name: "mine.csv" })).toBeChecked();
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  await expect(page.getByText("steps/s")).toBeVisible({ timeout: 60_000 });

  // Other steps are no other data: what was learned stays.
  await page.getByRole("button", { name: "Stop training" }).first().click();
  const trained = page.getByText(/^Trained here: step [1-9][\d,]* of/).first();
  await expect(trained).toBeVisible();
  const before = await trained.textContent();
  const steps = page.getByLabel("Steps, as a number");
  await sampled(page, () => steps.fill("7").then(() => steps.press("Enter")));
  await expect(trained).toHaveText(before ?? "");
});

test("a drawing by mouse becomes the data and travels in the link", async ({ page, context, site }) => {
  await sampled(page, () => page.goto(START));
  await page.getByRole("button", { name: "Draw points" }).click();
  const board = page.getByRole("application", { name: /Drawing board/ });
  const box = (await board.boundingBox())!;
  await page.mouse.move(box.x + 0.2 * box.width, box.y + 0.5 * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + 0.8 * box.width, box.y + 0.3 * box.height, { steps: 12 });
  await page.mouse.up();
  await sampled(page, () => page.getByRole("button", { name: "Use this drawing" }).click());
  await expect(page).toHaveURL(/drawn=/);
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByRole("radio", { name: "Your drawing" })).toBeChecked();
  // A board that is open shows what a link brings.
  const label = await board.getAttribute("aria-label");
  expect(label).toMatch(/board, [1-9]/);
  await page.getByRole("button", { name: "Clear" }).click();
  const link = other.url();
  await expect(board).toHaveAttribute("aria-label", /board, 0 points/);
  await page.evaluate((hash) => {
    location.hash = `${hash}&seed=3`;
  }, new URL(link).hash);
  await expect(board).toHaveAttribute("aria-label", label!);
  await other.close();
  expect(page.url()).toContain(site);
});

test("the drawing board opens in sight, says what it wants, and gives way to a file", async ({ page }) => {
  for (const [width, height] of [
    [1280, 700],
    [360, 740],
  ]) {
    await page.setViewportSize({ width, height });
    await page.goto("about:blank");
    await page.goto("./");
    await page.getByRole("button", { name: "Draw points" }).click();
    const board = page.getByRole("application", { name: /^Drawing board, 0 points/ });
    await expect(board).toBeInViewport({ ratio: 0.95 });
    await expect(page.getByText("0 points; 50 more to go.")).toBeVisible();
    await expect(page.getByRole("button", { name: "Use this drawing" })).toBeDisabled();
  }
  const rows = Array.from({ length: 60 }, (_, i) => `${Math.cos(i)},${Math.sin(2 * i)}`).join("\n");
  await page
    .getByLabel("Upload a CSV")
    .setInputFiles({ name: "eight.csv", mimeType: "text/csv", buffer: Buffer.from(rows) });
  await expect(page.getByRole("radio", { name: "eight.csv" })).toBeChecked();
  await expect(page.getByRole("application")).toHaveCount(0);
});

test("a drawing by keyboard alone", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  await page.getByRole("button", { name: "Draw points" }).press("Enter");
  const board = page.getByRole("application", { name: /Drawing board/ });
  await board.focus();
  for (let i = 0; i < 8; i++) {
    await board.press(i % 2 ? "ArrowUp" : "Shift+ArrowLeft");
    await board.press("Space");
  }
  await expect(board).toHaveAttribute("aria-label", /80 points/);
  await board.press("Backspace");
  await expect(board).toHaveAttribute("aria-label", /70 points/);
  await sampled(page, () => page.getByRole("button", { name: "Use this drawing" }).press("Enter"));
});
