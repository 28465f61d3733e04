/** Images of the visitor's own, the digits that are learned, and weights that are gone on from, gone back to and kept. */
import type { Page } from "@playwright/test";
import { answers, heard, sampled } from "./engine";
import { expect, test } from "./site";

const step = async (page: Page) => ((await heard(page, "training")).at(-1)?.step as number) ?? 0;
const notices = (page: Page) => page.getByRole("region", { name: "Notices" });
const svg = (body: string) => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 90">${body}</svg>`);
const picture = (name: string, body: string) => ({ name, mimeType: "image/svg+xml", buffer: svg(body) });

test("drawings and pictures become the data, train, and survive a reload", async ({ page }) => {
  test.setTimeout(5 * 60_000);
  await sampled(page, () => page.goto("./#points=300&steps=3"));
  await page.getByRole("button", { name: "Your own images" }).click();
  const board = page.getByRole("application", { name: /image of your own/ });
  await board.focus();
  for (const key of ["Space", "ArrowDown", "ArrowDown", "Space", "ArrowDown", "ArrowDown", "Space"])
    await page.keyboard.press(key);
  await page.getByRole("button", { name: "Add this drawing" }).click();

  // Ink on paper becomes light on dark; what is no picture is named, and the others are taken.
  const files = [
    picture(
      "ring.svg",
      '<rect width="60" height="90" fill="#eee"/><circle cx="20" cy="60" r="12" fill="none" stroke="#222" stroke-width="5"/>',
    ),
    { name: "broken.png", mimeType: "image/png", buffer: Buffer.from("this is no picture") },
  ];
  await page.getByLabel("Upload pictures").setInputFiles(files);
  await expect(notices(page)).toContainText("broken.png is no picture");
  const preview = page.getByRole("group", { name: "Pictures to add" });
  const ink = await preview.locator("canvas").evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, 28, 28);
    let [sum, x, y] = [0, 0, 0];
    for (let i = 0; i < 784; i++)
      [sum, x, y] = [
        sum + data[4 * i],
        x + data[4 * i] * ((i % 28) + 0.5),
        y + data[4 * i] * (Math.floor(i / 28) + 0.5),
      ];
    return { corner: data[0], share: sum / 255 / 784, x: x / sum, y: y / sum };
  });
  expect(ink.corner).toBe(0);
  expect(ink.share).toBeGreaterThan(0.05);
  expect(Math.hypot(ink.x - 14, ink.y - 14), "distance of the ink's middle to the image's").toBeLessThan(1);
  await preview.getByRole("button", { name: "Add 1 picture" }).click();

  // One image is removed, and its removal taken back.
  const gallery = page.getByRole("list", { name: "What the model will learn from" });
  await gallery.getByRole("button", { name: /Remove ring.svg/ }).click();
  await expect(gallery.getByRole("button")).toHaveCount(1);
  await page.getByRole("button", { name: "Undo" }).click();
  const result = await sampled(page, () => page.getByRole("button", { name: "Use these 2 images" }).click());
  expect(result.dimension).toBe(784);
  expect(result.error, "two images measure nothing").toEqual([NaN, NaN]);
  await expect(page.getByRole("radio", { name: "Your images" })).toBeChecked();
  await expect(page).toHaveURL(/data=digits/);

  // They go on from the pretrained weights, whose turn head has learned already.
  await page
    .getByRole("button", { name: /^Train from the pretrained weights/ })
    .first()
    .click();
  await expect.poll(() => step(page), { timeout: 120_000 }).toBeGreaterThan(2);
  const reports = await heard(page, "training");
  expect(reports[0].step, "steps count from zero").toBeLessThan(20);
  expect(reports.flatMap((report) => report.turnLoss).length, "losses of the turn").toBeGreaterThan(0);
  await page.getByRole("button", { name: "Stop training" }).click();
  await expect(page.getByRole("button", { name: /^Train on/ })).toBeVisible();
  const reached = await step(page);

  await page.reload();
  await expect(notices(page)).toContainText(`Your ${reached.toLocaleString("en")} steps on your images from`);
  await sampled(page, () => page.getByRole("button", { name: "Bring them back" }).click());
  await expect(page.getByRole("radio", { name: "Your images" })).toBeChecked();
  await expect(page.getByText(new RegExp(`step\\s*${reached.toLocaleString("en")}\\s*of`))).toBeVisible();
});

test("chosen digits are learned, asked for, and travel in the link", async ({ page }) => {
  test.setTimeout(3 * 60_000);
  await sampled(page, () => page.goto("./#data=digits&steps=2&digits=371"));
  const chosen = page.getByRole("group", { name: "Digits learned" });
  await expect(chosen.getByRole("checkbox", { checked: true })).toHaveCount(3);
  const total = (await answers(page, "configure")).at(-1).data.total as number;
  await sampled(page, () => chosen.getByRole("checkbox", { name: "3" }).uncheck());
  await sampled(page, () => chosen.getByRole("checkbox", { name: "1" }).uncheck());
  expect((await answers(page, "configure")).at(-1).data.total as number).toBeLessThan(total / 2);
  await expect(chosen.getByRole("checkbox", { name: "7" }), "the last one stays on").toBeDisabled();
  await expect(page).toHaveURL(/digits=7(&|$)/);
});

test("training goes on from pretrained weights, back to a checkpoint, and to a file and back", async ({ page }) => {
  test.setTimeout(3 * 60_000);
  await sampled(page, () => page.goto("./#data=two_moons&start=shipped&points=300&steps=3&budget=100000"));
  await page
    .getByRole("button", { name: /^Train from the pretrained weights/ })
    .first()
    .click();
  const checkpoints = page.getByRole("group", { name: "Checkpoints" }).getByRole("button");
  await expect(checkpoints).not.toHaveCount(0, { timeout: 60_000 });
  const early = Number((await checkpoints.first().textContent())?.replaceAll(",", ""));
  await expect.poll(() => step(page), { timeout: 60_000 }).toBeGreaterThan(early + 20);
  await sampled(page, () => checkpoints.first().click());
  await expect(notices(page)).toContainText(`Back at step ${early.toLocaleString("en")}`);
  const at = (where: number) => page.getByText(new RegExp(`step\\s*${where.toLocaleString("en")}\\s*of`));
  await expect(at(early)).toBeVisible();
  const reached = await step(page);
  await sampled(page, () => page.getByRole("button", { name: "Bring them back" }).click());
  await expect(at(reached)).toBeVisible();

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download weights" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(`fewsteps-two_moons-${reached}.safetensors`);
  const file = await download.path();
  await page
    .getByLabel("Open weights")
    .setInputFiles({ name: "bad.safetensors", mimeType: "application/octet-stream", buffer: Buffer.from("nothing") });
  await expect(notices(page)).toContainText("bad.safetensors: This is not a safetensors file");
  await expect(at(reached)).toBeVisible();

  // A start from scratch is another run; the old one can be brought back, and so can its file be opened.
  await page.getByRole("radio", { name: "Fresh" }).check({ force: true });
  await expect(notices(page)).toContainText("Initial weights changed");
  await sampled(page, () => page.getByLabel("Open weights").setInputFiles(file));
  const trained = new RegExp(`, trained for\\s*${reached.toLocaleString("en")} steps`);
  await expect(page.getByText(trained)).toBeVisible();
});

test("pictures that hold nothing, or nothing that pages may read, are refused in plain words", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=300&steps=3"));
  await page.getByRole("button", { name: "Your own images" }).click();
  const file = (name: string) => new URL(`../cases/images/${name}`, import.meta.url).pathname;
  await page.getByLabel("Upload pictures").setInputFiles(["allwhite.png", "alpha-all.png", "foreign.svg"].map(file));
  await expect(notices(page)).toContainText("allwhite.png is of one even shade");
  await expect(notices(page)).toContainText("alpha-all.png is empty: all of it is transparent.");
  await expect(notices(page)).toContainText("foreign.svg holds parts that the browser does not let pages read");
  await expect(notices(page)).not.toContainText(/Failed to execute|SecurityError/);
  // Light ink in a small part of the range that the format has is still light ink.
  await page.getByLabel("Upload pictures").setInputFiles(file("grey16-below-4096.png"));
  const canvas = page.getByRole("group", { name: "Pictures to add" }).locator("canvas");
  const [corner, most] = await canvas.evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, 28, 28);
    return [data[0], Math.max(...data.filter((_, i) => i % 4 === 0))];
  });
  expect(corner).toBe(0);
  expect(most).toBeGreaterThan(200);
});

test("a browser that falsifies pixels is told from one that does not", async ({ page }) => {
  await page.addInitScript(() => {
    const read = CanvasRenderingContext2D.prototype.getImageData;
    CanvasRenderingContext2D.prototype.getImageData = function (...place: any) {
      const image = read.apply(this, place as any);
      for (let i = 0; i < image.data.length; i += 3) image.data[i] ^= 1;
      return image;
    };
  });
  await sampled(page, () => page.goto("./#points=300&steps=3"));
  await page.getByRole("button", { name: "Your own images" }).click();
  await page.getByLabel("Upload pictures").setInputFiles(picture("ring.svg", '<circle cx="20" cy="60" r="12"/>'));
  await expect(notices(page)).toContainText(
    "ring.svg can’t be read: this browser falsifies what pages read from a canvas.",
  );
});
