/** Runs kept by name: the list, coming back, files, and two of them compared. */
import { readFileSync } from "node:fs";
import { violations } from "./axe";
import { bundled } from "./bundled";
import { losses, sampled } from "./engine";
import { expect, test } from "./site";

const START = "./#data=circles&points=300&steps=3&width=16&batch=16&objective=accelerated&budget=100&seed=3";

const notices = (page: import("@playwright/test").Page) => page.getByRole("region", { name: "Notices" });

/** Trains until so many steps are done. */
async function trained(page: import("@playwright/test").Page, steps = 100) {
  await page
    .getByRole("button", { name: /^(Train from scratch|Train on)/ })
    .first()
    .click();
  await expect(page.getByText(`Trained here: step ${steps} of`)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("button", { name: "Train on" }).first()).toBeVisible({ timeout: 60_000 });
}

test("a run is kept, listed after a reload, brought back, renamed, deleted and undeleted", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  await page.getByText("Kept runs").click();
  await expect(page.getByRole("button", { name: "Keep this run" })).toBeDisabled();
  await trained(page);
  const before = await losses(page);
  expect(before.noise.length).toBe(100);
  await page.getByLabel("Name of this run").fill("A hundred");
  await page.getByRole("button", { name: "Keep this run" }).click();
  const item = page.locator(".run");
  await expect(item).toHaveCount(1);
  await expect(item).toContainText("Circles · curved · step 100 of 100");
  expect(await violations(page)).toEqual([]);

  await page.goto("about:blank");
  await sampled(page, () => page.goto("./#data=spiral&points=300&steps=3"));
  await page.getByText("Kept runs").click();
  await expect(item.getByLabel("Name", { exact: true })).toHaveValue("A hundred");
  // Other data are not compared.
  await expect(item.getByRole("button", { name: "Compare" })).toBeDisabled();
  await sampled(page, () => item.getByRole("button", { name: "Bring back" }).click());
  await expect(page.getByText("Trained here: step 100 of 100")).toBeVisible();
  await expect(page.getByRole("radio", { name: "Circles" })).toBeChecked();
  await expect(page.getByRole("img", { name: /^Loss over 100 steps/ })).toBeVisible();
  await item.getByLabel("Name", { exact: true }).fill("Renamed");
  await item.getByLabel("Name", { exact: true }).press("Enter");
  await item.getByRole("button", { name: "Delete" }).click();
  await expect(item).toHaveCount(0);
  await notices(page).getByRole("button", { name: "Undo" }).click();
  await expect(item.getByLabel("Name", { exact: true })).toHaveValue("Renamed");
  for (const width of [360, 320]) {
    await page.setViewportSize({ width, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

test("a kept run stands beside the stage's own, in the chart and in words", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  await trained(page);
  await page.getByText("Kept runs").click();
  await page.getByLabel("Name of this run").fill("Early");
  await page.getByRole("button", { name: "Keep this run" }).click();
  await trained(page, 200);
  await page.locator(".run").getByRole("button", { name: "Compare" }).click();
  const guest = page.getByRole("region", { name: "Early lane" });
  await expect(guest).toContainText("as it was kept");
  await expect(guest.getByRole("img")).toHaveAccessibleName(/^Early lane: 300 points/);
  await expect(page.locator(".verdict-text")).toContainText("Early");
  await expect(page.getByRole("img", { name: /Beside it, Early\.$/ })).toBeVisible();
  await expect(page.locator(".loss-head")).toContainText("Early");
  expect(await violations(page)).toEqual([]);
  // New samples of the own lanes leave it where it is; other data do not.
  const number = page.getByLabel("Steps, as a number");
  await sampled(page, () => number.fill("4").then(() => number.press("Enter")));
  await expect(guest).toBeVisible();
  await sampled(page, () => page.getByRole("radio", { name: "Spiral" }).check({ force: true }));
  await expect(guest).toHaveCount(0);
});

test("a run leaves as a file and comes back from it; what is none is refused in words", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  await trained(page);
  await page.getByText("Kept runs").click();
  await page.getByLabel("Name of this run").fill("A / b");
  await page.getByRole("button", { name: "Keep this run" }).click();
  const item = page.locator(".run");
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    item.getByRole("button", { name: "Save as a file" }).click(),
  ]);
  expect(saved.suggestedFilename()).toBe("fewsteps-A-b.run.json");
  const text = readFileSync(await saved.path(), "utf8");
  await item.getByRole("button", { name: "Delete" }).click();
  const open = (name: string, content: string) =>
    page
      .getByLabel("Open a run file")
      .setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(content) });
  await open("cut.json", text.slice(0, text.length / 2));
  await expect(notices(page)).toContainText("cut.json: It is damaged, or no JSON. Nothing was changed.");
  await open("other.json", '{"kind":"another"}');
  await expect(notices(page)).toContainText("other.json: It is no run that this page saved.");
  await open("run.json", text);
  await expect(item.getByLabel("Name", { exact: true })).toHaveValue("A / b");
  await sampled(page, () => item.getByRole("button", { name: "Bring back" }).click());
  await expect(page.getByText("Trained here: step 100 of 100")).toBeVisible();
});

test("a run's file holds all of it, and no damaged one is believed", async () => {
  const { packRun, readNamed, thinned, unpackRun } =
    await bundled<typeof import("../../www/store/run/kept.js")>("www/store/run/kept.js");
  const { defaults } = await bundled<typeof import("../../www/store/settings/table.js")>("www/store/settings/table.js");
  const { VERSION } = await bundled<typeof import("../../www/store/run/record.js")>("www/store/run/record.js");
  const settings = defaults("spiral");
  const size = 2 * 300;
  const lane = {
    frames: Float32Array.from({ length: 900 * size }, (_, i) => Math.sin(i)),
    denoised: [],
    points: 300,
    dimension: 2,
    kind: "points" as const,
    total: 900,
    have: 900,
    sigmas: Float32Array.from({ length: 900 }, (_, i) => 900 - i),
    step: Float32Array.from({ length: 900 }, (_, i) => i),
    errors: new Float32Array(1800).fill(NaN),
    steps: 899,
    budget: 899,
    evaluations: 899,
    spent: [
      [0, 0],
      [899, 899],
    ] as [number, number][],
    cost: 899.5,
    classes: null,
    setting: settings.lanes[1],
  };
  const picture = thinned(lane);
  expect(picture.total).toBe(250);
  expect(picture.frames.slice(-size)).toEqual(lane.frames.slice(-size));
  expect([picture.step[0], picture.step.at(-1)]).toEqual([0, 899]);
  const column = [1, 2];
  const run = {
    version: VERSION,
    name: "A run",
    time: 1.7e12,
    bytes: new Uint8Array(100).fill(7),
    step: 2,
    budget: 5000,
    settings,
    drawn: null,
    uploaded: null,
    images: null,
    file: "",
    losses: {
      losses: {
        step: column,
        noise: column,
        noiseSmooth: column,
        turn: [null, 1],
        turnSmooth: column,
        map: column,
        mapSmooth: column,
      },
      means: { noise: 1, turn: NaN, map: NaN, seen: 2 },
    },
    checkpoints: [],
    picture,
  };
  const kept = readNamed(run)!;
  expect(kept.picture?.frames).toEqual(picture.frames);
  expect(unpackRun(packRun(kept))).toEqual(kept);
  for (const [key, value] of [
    ["frames", new Float32Array(3)],
    ["points", -1],
    ["sigmas", null],
    ["spent", [[1]]],
    ["kind", "rabbits"],
  ] as const)
    expect(readNamed({ ...run, picture: { ...picture, [key]: value } })?.picture).toBeNull();
  expect(readNamed({ ...run, bytes: "none" })).toBeNull();
  expect(readNamed({ ...run, name: 3 })?.name).toBe("A run");
});
