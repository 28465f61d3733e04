/** The stage, beyond playing: what its numbers mean, what is laid over it, and waiting for it. */
import { answers, heard, sampled } from "./engine";
import { expect, test } from "./site";

test("errors are on one scale: noise is at 100 %, and a clear picture far below", async ({ page }) => {
  const lanes = "lanes=ddim:network,unipc:network";
  const five = await sampled(page, () => page.goto(`./#data=checkerboard&steps=5&${lanes}`));
  const starts = (await heard(page, "frames")).filter(({ first }) => first === 0).map(({ errors }) => errors[0]);
  for (const start of starts) expect(Math.abs(start - 1)).toBeLessThan(0.15);
  expect(five.error[0]).toBeLessThan(0.6);
  expect(five.error[1]).toBeLessThan(five.error[0]);
  await page.getByLabel("Time from noise to data").press("End");
  await expect(page.getByRole("region", { name: "Straight lane" }).getByRole("status")).toHaveText(/^\d\d %$/);
  await expect(page.locator(".verdict-text")).toContainText(/UniPC ends .*; Straight has an error of \d\d %\./);
});

test("too little data tells nothing, and the page says so", async ({ page }) => {
  const ring = Array.from({ length: 80 }, (_, i) => [Math.cos(i), Math.sin(i)].join(",")).join("\n");
  await page.goto("./");
  await sampled(page, () =>
    page
      .getByLabel("Upload a CSV")
      .setInputFiles({ name: "ring.csv", mimeType: "text/csv", buffer: Buffer.from(ring) }),
  );
  await expect(page.locator(".verdict-text")).toContainText(
    /too few points to tell how far|neither gets far from noise/,
  );
});

test("a formula is offered only where the data has one", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=300&steps=3"));
  const source = page.getByLabel("Straight lane: source of the velocity");
  await expect(source.getByRole("option", { name: "Ideal (formula)" })).toBeEnabled();
  await sampled(page, () => page.getByRole("radio", { name: "Cat" }).check({ force: true }));
  await expect(source.getByRole("option", { name: "Ideal (formula)" })).toBeDisabled();
});

test("all that can be laid over points is drawn", async ({ page }) => {
  await sampled(page, () => page.goto("./#steps=10&points=500&lanes=ddim:mixture,unipc:mixture"));
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByLabel("Time from noise to data").fill("5");
  const canvas = page.locator("canvas").first();
  const picture = () => canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL());
  const place = await page.getByLabel("Time from noise to data").inputValue();
  for (const name of ["Turn", "Mesh", "Density", "Denoised", "Forward process", "Data on top", "Follow a point"]) {
    const before = await picture();
    await page.getByRole("checkbox", { name }).check();
    await expect.poll(picture, `${name} is drawn`).not.toBe(before);
  }
  expect(await page.getByLabel("Time from noise to data").inputValue(), "nothing has moved").toBe(place);
  const before = await picture();
  const box = (await canvas.boundingBox())!;
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect.poll(picture, "another point").not.toBe(before);
  await expect(page).toHaveURL(/turns=1&density=1&mesh=1&predicted=1&forward=1&data_over=1/);
});

test("a recording is denoised by an engine that comes for it, and digits give way to noised data", async ({ page }) => {
  const picture = () =>
    page
      .locator("canvas")
      .first()
      .evaluate((element: HTMLCanvasElement) => element.toDataURL());
  const drawn = async (name: string) => {
    const box = page.getByRole("checkbox", { name, exact: true });
    const plain = await picture();
    await box.check();
    await expect.poll(picture, `${name} is drawn`).not.toBe(plain);
    await box.uncheck();
    await expect.poll(picture, `${name} is gone again`).toBe(plain);
  };
  await page.goto("./");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByLabel("Time from noise to data").fill("1.5");
  await sampled(page, () => page.getByRole("checkbox", { name: "Denoised" }).check());
  await page.getByRole("checkbox", { name: "Denoised" }).uncheck();
  await drawn("Denoised");
  await drawn("Forward process");
  expect((await answers(page, "forward")).length, "one for each lane").toBe(2);
  await sampled(page, () => page.goto("./#data=digits&steps=2"));
  await page.getByLabel("Time from noise to data").fill("1.5");
  await drawn("Denoised");
  await drawn("Forward process");
});

test("a picture plays backwards, from data to noise", async ({ page }) => {
  await page.goto("./");
  const time = page.getByLabel("Time from noise to data");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByLabel("Speed").selectOption("0.25");
  await time.press("End");
  await page.getByRole("checkbox", { name: "Backwards" }).check();
  await page.getByRole("button", { name: "Play", exact: true }).click();
  const end = Number(await time.getAttribute("max"));
  await expect.poll(async () => Number(await time.inputValue())).toBeLessThan(end - 0.05);
  const before = Number(await time.inputValue());
  await expect.poll(async () => Number(await time.inputValue())).toBeLessThan(before);
});

test("one dimension is seen over time, and beside that as a density", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=1000&steps=5&lanes=ddim:mixture,unipc:mixture"));
  const { error } = await sampled(page, () => page.getByRole("radio", { name: "Three peaks" }).check({ force: true }));
  expect(error[1]).toBeLessThan(0.1);
  const frames = await heard(page, "frames");
  expect(frames.at(-1)?.dimension).toBe(1);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  const time = page.getByLabel("Time from noise to data");
  await time.press("End");
  const overlays = page.getByRole("group", { name: "Laid over the picture" });
  await expect(overlays.getByRole("checkbox")).toHaveCount(2);
  await expect(overlays.getByRole("checkbox", { name: "Trajectories" })).toBeChecked();
  /** Light in the part of the picture from `left` to `right`. */
  const light = (left: number, right: number) =>
    page
      .locator("canvas")
      .first()
      .evaluate(
        (canvas: HTMLCanvasElement, [left, right]) => {
          const { width, height } = canvas;
          const { data } = canvas.getContext("2d")!.getImageData(left * width, 0, (right - left) * width, height);
          return data.reduce((sum, value, i) => sum + (i % 4 === 3 ? value : 0), 0) / data.length;
        },
        [left, right],
      );
  await expect.poll(() => light(0.1, 0.7)).toBeGreaterThan(5);
  const [whole, density] = [await light(0.1, 0.7), await light(0.8, 1)];
  expect(density).toBeGreaterThan(1);
  await time.press("Home");
  await expect.poll(() => light(0.1, 0.7), "what is to come is faint").toBeLessThan(0.6 * whole);
});

test("a recording says what it is, plays, and runs live at one press", async ({ page }) => {
  await page.goto("./");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await page.getByRole("button", { name: "Next step" }).click();
  await expect(page.getByText("A recording.", { exact: true })).toBeVisible();
  const { points } = await sampled(page, () => page.getByRole("button", { name: "Run it live" }).click());
  expect(points).toBe(2000);
  await expect(page.getByRole("button", { name: "Run it live" })).toHaveCount(0);
});

test("keys move the picture where no control has the focus, and the page lists them", async ({ page }) => {
  await page.goto("./");
  const time = page.getByLabel("Time from noise to data");
  const at = (place: number) => expect.poll(async () => Number(await time.inputValue())).toBeCloseTo(place, 6);
  await expect(page.getByRole("button", { name: "Pause", exact: true })).toBeVisible();
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Play", exact: true })).toBeVisible();
  const steps = Number(await time.getAttribute("max"));
  for (const [key, place] of [
    ["End", steps],
    ["ArrowLeft", steps - 1],
    ["Home", 0],
    ["ArrowRight", 1],
  ] as const) {
    await page.keyboard.press(key);
    await at(place);
  }
  await expect(page.getByRole("heading", { name: "Keys" }).locator("..")).toContainText(
    "Space plays and pauses, ← and → go a step, Home and End to noise and to data",
  );
});

test("playback can be slowed down", async ({ page }) => {
  await page.goto("./");
  const time = page.getByLabel("Time from noise to data");
  await page.getByLabel("Speed").selectOption("0.25");
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await time.press("Home");
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForTimeout(1500);
  expect(Number(await time.inputValue()), "of one step, which takes twelve seconds").toBeLessThan(0.4);
});

test("a long sampling says how long, can be cancelled, and gives way to the next choice", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=4000&steps=6"));
  const number = page.getByLabel("Steps, as a number");
  await number.fill("1000");
  await number.press("Enter");
  await expect(page.getByText(/Sampling… (\d+ min )?\d+ s left/)).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Sampling…")).toBeHidden();
  await expect(number).toHaveValue("6");
  await number.fill("1000");
  await number.press("Enter");
  const { evaluations } = await sampled(page, () => number.fill("2").then(() => number.press("Enter")));
  expect(evaluations).toEqual([2, 2]);
  await expect(page.getByText(/With 2 evaluations each/).first()).toBeVisible();
});
