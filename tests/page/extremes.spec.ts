/** The ends of every setting, what lies beyond them, and data that has nothing in it: the page samples, trains and answers, or says why not. */
import type { Page } from "@playwright/test";
import { heard, sampled } from "./engine";
import { expect, test } from "./site";

const SMALL = "points=100&steps=2&width=16&batch=16&budget=100";

/** Brighter than its ground anywhere: something is drawn. */
const lit = (page: Page) =>
  page.locator(".lane-view canvas").evaluateAll((all) =>
    (all as HTMLCanvasElement[]).map((canvas) =>
      canvas
        .getContext("2d")!
        .getImageData(0, 0, canvas.width, canvas.height)
        .data.some((value, i) => i % 4 < 3 && value > 60),
    ),
  );

/** Neither blank nor stuck: headings, pictures of all lanes, and a page that goes on drawing. */
async function alive(page: Page, what: string) {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect.poll(async () => (await lit(page)).every(Boolean), `${what}: a picture in each lane`).toBe(true);
  // A page that is stuck gives none, and the test runs out of its time.
  await test.step(`${what}: a frame`, () =>
    page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve))));
}

async function trains(page: Page) {
  await page
    .getByRole("button", { name: /^Train( from scratch| on)?/ })
    .first()
    .click();
}

/** Settings, and what the page says of them where they can't be. */
const EXTREMES: [string, string[]][] = [
  ["steps=1&seed=0&ema=0", []],
  ["steps=1000&seed=4294967295&lanes=ddpm:network,unipc:network", []],
  ["points=10000&steps=1&batch=2048&learning_rate=0.00001&ema=0.9999", []],
  ["learning_rate=0.1&ema=0&guidance=0", []],
  ["width=1&learning_rate=10&steps=0&points=1", ["width=1", "learning_rate=10", "steps=0", "points=1"]],
  ["steps=1001&guidance=-1&batch=1e9&seed=-1", ["steps=1001", "guidance=-1", "batch=1e9", "seed=-1"]],
  ["budget=NaN&ema=1", ["budget=NaN", "ema=1"]],
];

test("the ends of all settings sample and train, and what is beyond them is named", async ({ page }) => {
  test.setTimeout(6 * 60_000);
  const notices = page.getByRole("region", { name: "Notices" });
  for (const [own, said] of EXTREMES) {
    const names = own.split("&").map((pair) => pair.split("=")[0]);
    const rest = SMALL.split("&").filter((pair) => !names.includes(pair.split("=")[0]));
    await page.goto("about:blank");
    const { error } = await sampled(page, () =>
      page.goto(`./?device=cpu#${[...rest, own, "objective=accelerated"].join("&")}`),
    );
    expect(error.every(Number.isFinite), own).toBe(true);
    for (const part of said) await expect(notices, own).toContainText(`“${part}”`);
    await alive(page, own);
    await trains(page);
    await expect
      .poll(async () => (await heard(page, "training")).at(-1)?.step, { message: own, timeout: 60_000 })
      .toBeGreaterThan(0);
    await alive(page, `${own}, training`);
  }
});

const points = (count: number, at: (i: number) => [number, number]) =>
  Array.from({ length: count }, (_, i) => at(i).join(",")).join("\n");

test("data of nothing is refused with its reason, and what was there stays", async ({ page }) => {
  const notices = page.getByRole("region", { name: "Notices" });
  await sampled(page, () => page.goto(`./?device=cpu#${SMALL}`));
  for (const [what, text] of [
    ["one point", "1,2"],
    ["equal points", points(60, () => [1, 2])],
    ["equal but for the last digits", points(60, (i) => [1e30 + i, 1e30])],
    ["nothing", ""],
    ["no numbers", "a,b\nc,d"],
  ]) {
    await page
      .getByLabel("Upload a CSV")
      .setInputFiles({ name: "mine.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
    await expect(notices, what).toContainText("mine.csv");
    await expect(notices, what).toContainText("Nothing was changed");
    await notices.getByRole("button", { name: "Dismiss" }).first().click();
    await expect(page.getByRole("radio", { name: "Eight gaussians" })).toBeChecked();
    await alive(page, what);
  }
  for (const drawn of ["AAAA", "AAAA".repeat(60)]) {
    await page.goto("about:blank");
    await sampled(page, () => page.goto(`./?device=cpu#${SMALL}&data=drawn&drawn=${drawn}`));
    await expect(page.getByRole("radio", { name: "Eight gaussians" })).toBeChecked();
    await expect(notices).not.toBeEmpty();
    await alive(page, drawn.slice(0, 8));
  }
});

test("points on one line or in few places train and are sampled", async ({ page }) => {
  for (const [what, at] of [
    ["a line", (i: number) => [3 * Math.sin(i), 0]],
    ["two places", (i: number) => [i % 2, i % 2]],
    ["one far away, not farther than tables may have it", (i: number) => [i === 0 ? 5000 : Math.cos(i), Math.sin(i)]],
  ] as const) {
    await page.goto("about:blank");
    await sampled(page, () => page.goto(`./?device=cpu#${SMALL}`));
    const { error } = await sampled(page, () =>
      page.getByLabel("Upload a CSV").setInputFiles({
        name: "mine.csv",
        mimeType: "text/csv",
        buffer: Buffer.from(points(200, (i) => [...at(i)] as [number, number])),
      }),
    );
    expect(error.length, what).toBe(2);
    await trains(page);
    await expect
      .poll(async () => (await heard(page, "training")).at(-1)?.step, { message: what, timeout: 60_000 })
      .toBeGreaterThan(0);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
});
