/** Points of classes: a column tells them, the network learns them, and lanes are asked for them. */
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { violations } from "./axe";
import { answers, heard, sampled } from "./engine";
import { expect, test } from "./site";

/** Two clusters, left and right; three points in four are left. */
const rows = Array.from({ length: 400 }, (_, i) => {
  const right = i % 4 === 0;
  return [(right ? 8 : -8) + Math.sin(0.7 * i), Math.cos(1.3 * i), right ? "right" : "left"].join(",");
});
const file = { name: "sides.csv", mimeType: "text/csv", buffer: Buffer.from(["x,y,side", ...rows].join("\n")) };

const classes = (page: Page) => page.getByRole("group", { name: "Classes to make" });
/** The classes that the first lane was last asked for. */
const asked = async (page: Page) =>
  (await heard(page, "frames")).findLast(({ lane, first }) => lane === 0 && first === 0)?.classes as number[];

/** Where the first lane's points end, across: what is saved is what is shown. */
async function ends(page: Page) {
  await page.getByLabel("Time from noise to data").press("End");
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page
      .getByRole("button", { name: /^Points of .*CSV/ })
      .first()
      .click(),
  ]);
  const text = readFileSync(await saved.path(), "utf8");
  return text
    .trim()
    .split("\n")
    .slice(1)
    .map((row) => Number(row.split(",")[0]));
}

/** Pixels of a lane that have about this colour. */
const tinted = (page: Page, [r, g, b]: number[]) =>
  page
    .locator(".lane-view canvas")
    .first()
    .evaluate(
      (canvas: HTMLCanvasElement, [r, g, b]) => {
        const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
        let found = 0;
        for (let i = 0; i < data.length; i += 4) {
          const [x, y, z, alpha] = data.subarray(i, i + 4);
          if (alpha > 120 && Math.hypot(x - r, y - g, z - b) < 40) found++;
        }
        return found;
      },
      [r, g, b],
    );
const PINK = [244, 120, 196];
const YELLOW = [245, 217, 92];

test("a labelled table trains a network that knows classes, and lanes are asked for one or all", async ({ page }) => {
  test.setTimeout(4 * 60_000);
  await sampled(page, () => page.goto("./#points=400&steps=12&budget=400&objective=simple&lanes=ddim:network"));
  await sampled(page, () => page.getByLabel("Upload a CSV").setInputFiles(file));
  await expect(page.getByRole("region", { name: "Notices" })).toContainText("“side” tells their classes: 2.");
  expect((await answers(page, "configure")).at(-1).model.classes).toBe(2);
  await expect(page.getByLabel("Classes", { exact: true })).toHaveValue("0");
  const choice = classes(page).getByRole("combobox");
  await expect(choice.getByRole("option")).toHaveText(["All, as in the data", "Not asked for", "left", "right"]);
  expect(await violations(page)).toEqual([]);

  await page
    .getByRole("button", { name: /^Train from/ })
    .first()
    .click();
  await expect(page.getByRole("button", { name: "Train on" }).first()).toBeVisible({ timeout: 120_000 });
  await page.getByText("Save or open files").click();
  await page.getByLabel("Time from noise to data").press("End");

  // As often as the data has them, and each in its own colour.
  const steps = page.getByLabel("Steps, as a number");
  await sampled(page, () => steps.fill("13").then(() => steps.press("Enter")));
  const all = await asked(page);
  const x = await ends(page);
  expect(all.length).toBe(400);
  expect(all.filter(Boolean).length / 400).toBeCloseTo(0.25, 1);
  const wrong = all.filter((one, i) => (one === 1) !== x[i] > 0).length;
  expect(wrong, "of 400 that end on the other side").toBeLessThan(20);
  await expect.poll(() => tinted(page, PINK)).toBeGreaterThan(50);
  expect(await tinted(page, YELLOW)).toBeGreaterThan(50);

  for (const [name, index, colour, other] of [
    ["left", 0, PINK, YELLOW],
    ["right", 1, YELLOW, PINK],
  ] as const) {
    await sampled(page, () => choice.selectOption(name));
    expect(new Set(await asked(page))).toEqual(new Set([index]));
    expect((await ends(page)).filter((value) => value > 0 !== (name === "right")).length).toBeLessThan(20);
    await expect.poll(() => tinted(page, colour)).toBeGreaterThan(50);
    expect(await tinted(page, other)).toBe(0);
  }
  const { evaluations } = await sampled(page, () => classes(page).getByRole("slider").fill("2.5"));
  expect(evaluations, "two evaluations a step").toEqual([12]);
  await expect(classes(page).getByText(/^Two evaluations a step/)).toBeVisible();
  await sampled(page, () => choice.selectOption("Not asked for"));
  expect(await asked(page)).toEqual([]);

  // The run comes back with its classes.
  await page.reload();
  await sampled(page, () => page.getByRole("button", { name: "Bring them back" }).click());
  await expect(choice.getByRole("option")).toHaveText(["All, as in the data", "Not asked for", "left", "right"]);
});

test("the column of classes can be chosen, or none", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=300&steps=3&lanes=ddim:network"));
  await sampled(page, () => page.getByLabel("Upload a CSV").setInputFiles(file));
  await expect(classes(page)).toBeVisible();
  await sampled(page, () => page.getByLabel("Classes", { exact: true }).selectOption("None"));
  await expect(classes(page)).toHaveCount(0);
  expect((await answers(page, "configure")).at(-1).model.classes).toBe(0);
  await sampled(page, () => page.getByLabel("Classes", { exact: true }).selectOption("side (2)"));
  await expect(classes(page)).toBeVisible();
  for (const width of [360, 320]) {
    await page.setViewportSize({ width, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

/** Draws a line on the board from one place to another, in parts of it. */
async function stroke(page: Page, [x, y]: number[], [to, up]: number[]) {
  const board = page.getByRole("application", { name: /Drawing board/ });
  const box = (await board.boundingBox())!;
  await page.mouse.move(box.x + x * box.width, box.y + y * box.height);
  await page.mouse.down();
  await page.mouse.move(box.x + to * box.width, box.y + up * box.height, { steps: 10 });
  await page.mouse.up();
}
const points = async (page: Page) =>
  Number(/(\d+) points/.exec((await page.locator(".board [role=status]").innerText()) ?? "")?.[1]);

test("strokes are of the class that is chosen, and the link has them", async ({ page, context }) => {
  await sampled(page, () => page.goto("./#points=300&steps=3&lanes=ddim:network"));
  await page.getByRole("button", { name: "Draw points" }).click();
  const of = page.getByRole("radiogroup", { name: "Class of the next points" });
  await expect(of.getByRole("radio")).toHaveCount(2);
  await stroke(page, [0.1, 0.2], [0.4, 0.2]);
  const first = await points(page);
  await of.getByRole("radio", { name: "2" }).check();
  await expect(of.getByRole("radio")).toHaveCount(3);
  await stroke(page, [0.5, 0.8], [0.9, 0.8]);
  const second = (await points(page)) - first;
  // By keyboard, and taken back.
  await page.getByRole("application", { name: /Drawing board/ }).focus();
  await page.keyboard.press("3");
  await expect(of.getByRole("radio", { name: "3" })).toBeChecked();
  await page.keyboard.press("Space");
  expect(await points(page)).toBe(first + second + 10);
  await page.getByRole("button", { name: "Undo" }).click();
  expect(await violations(page)).toEqual([]);
  await sampled(page, () => page.getByRole("button", { name: "Use this drawing" }).click());
  expect((await answers(page, "configure")).at(-1).model.classes).toBe(2);
  await expect(classes(page).getByRole("combobox").getByRole("option")).toHaveText([
    "All, as in the data",
    "Not asked for",
    "1",
    "2",
  ]);
  await expect(page).toHaveURL(new RegExp(`drawn=[-\\w]+;1\\*${first};2\\*${second}`));

  const other = await context.newPage();
  await other.goto(page.url());
  await other.getByRole("button", { name: "Draw points" }).click();
  await expect(other.getByRole("radiogroup", { name: "Class of the next points" }).getByRole("radio")).toHaveCount(3);
  // The two strokes are there, each of its class.
  await other.getByRole("button", { name: "Undo" }).click();
  await expect(other.locator(".board [role=status]")).toContainText(`${first} points`);
  await other.getByRole("button", { name: "Clear" }).click();
  await expect(other.getByRole("radiogroup", { name: "Class of the next points" }).getByRole("radio")).toHaveCount(2);
  await other.goto("about:blank");
  await other.goto(page.url().replace(/;2\*\d+/, ";2*1"));
  await expect(other.getByRole("region", { name: "Notices" })).toContainText("the classes of the drawing are damaged");
  await expect(other.getByRole("radio", { name: "Your drawing" })).toBeChecked();
  await other.close();
  for (const width of [360, 320]) {
    await page.setViewportSize({ width, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

test("curves of a formula are a class each, in the link too", async ({ page, context }) => {
  await sampled(page, () => page.goto("./#points=300&steps=3&lanes=ddim:network"));
  await page.getByRole("button", { name: "Type a formula" }).click();
  await page.getByLabel("Across, x(t)").fill("cos(t), 2 cos(t), 3 cos(t)");
  await page.getByLabel("Up, y(t)").fill("sin(t), 2 sin(t), 3 sin(t)");
  await sampled(page, () => page.getByRole("button", { name: "Use these points" }).click());
  expect((await answers(page, "configure")).at(-1).model.classes).toBe(3);
  const choice = classes(page).getByRole("combobox");
  await sampled(page, () => choice.selectOption("3"));
  expect(new Set(await asked(page))).toEqual(new Set([2]));
  // The address follows with a delay: the class comes after the formula.
  await expect(page).toHaveURL(/formula=curve%3Bcos/);
  await expect(page).toHaveURL(/[#&]digit=2(&|$)/);
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(classes(other).getByRole("combobox").getByRole("option")).toHaveText([
    "All, as in the data",
    "Not asked for",
    "1",
    "2",
    "3",
  ]);
  await expect(classes(other).getByRole("combobox")).toHaveValue("2");
  await other.close();
  // Another formula without such a class: all are asked for again.
  await page.getByLabel("Across, x(t)").fill("cos(t)");
  await page.getByLabel("Up, y(t)").fill("sin(t), 2 sin(t)");
  await sampled(page, () => page.getByRole("button", { name: "Use these points" }).click());
  await expect(choice).toHaveValue("each");
});
