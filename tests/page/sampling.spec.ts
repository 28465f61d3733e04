/** The stage: transport, lanes, the exact denoisers, the pretrained weights. */

import table from "../../www/generated/settings.json" with { type: "json" };
import { follow, sampled } from "./engine";
import { expect, test } from "./site";

const SETS = ["eight_gaussians", "two_moons", "swiss_roll", "spiral", "checkerboard", "circles", "pinwheel", "cat"];
const SEEDS = [1, 2, 3];

test("play, pause, step and scrub move the reverse process", async ({ page }) => {
  await sampled(page, () => page.goto("./#steps=10"));
  const playback = page.getByRole("group", { name: "Playback" });
  const time = playback.getByLabel("Time from noise to data");
  if (await playback.getByRole("button", { name: "Pause" }).isVisible())
    await playback.getByRole("button", { name: "Pause" }).click();
  await time.press("Home");
  await expect(time).toHaveAttribute("aria-valuetext", /^Step 0\.0 of 10/);
  const canvas = page.locator("canvas").first();
  const noise = await canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL());
  await playback.getByRole("button", { name: "Next step" }).click();
  await expect(time).toHaveAttribute("aria-valuetext", /^Step 1\.0 of 10/);
  await playback.getByRole("button", { name: "Previous step" }).click();
  await expect(time).toHaveAttribute("aria-valuetext", /^Step 0\.0 of 10/);
  await time.fill("5.5");
  await expect(time).toHaveAttribute("aria-valuetext", /^Step 5\.5 of 10/);
  expect(await canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL())).not.toBe(noise);
  await expect(canvas).toHaveAttribute("aria-label", /Straight lane: .* at step 5\.5 of 10, noise level/);
  await playback.getByRole("button", { name: "Play" }).click();
  await expect(time).not.toHaveAttribute("aria-valuetext", /^Step 5\.5/);
});

test("the steps slider goes from 1 to 1000, in steps that grow", async ({ page }) => {
  await sampled(page, () => page.goto("./#steps=10&points=200"));
  const slider = page.getByRole("slider", { name: /steps/i });
  expect((await sampled(page, () => slider.press("Home"))).evaluations[0]).toBe(1);
  const number = page.getByLabel("Steps, as a number");
  const many = await sampled(page, () => number.fill("1000").then(() => number.press("Enter")));
  expect(many.evaluations[0]).toBe(1000);
  await expect(number).toHaveValue("1000");
});

test("every sampler of the table runs in a lane, and says what it spent", async ({ page }) => {
  await sampled(page, () => page.goto("./#data=eight_gaussians&points=200&steps=6"));
  const counted: Record<string, number> = {};
  for (let i = 0; i < table.samplers.length; i += table.maxLanes) {
    const names = table.samplers.slice(i, i + table.maxLanes).map((entry) => entry.value);
    const lanes = names.map((name) => `${name}:mixture`).join(",");
    const { error, evaluations } = await sampled(page, () => follow(page, `points=200&steps=5&lanes=${lanes}`));
    names.forEach((name, lane) => {
      expect(Number.isFinite(error[lane]), `${name}: error ${error[lane]}`).toBe(true);
      counted[name] = evaluations[lane];
    });
  }
  const over = Object.keys(counted).filter((name) => counted[name] > 5);
  expect(over, `who spends more than five: ${JSON.stringify(counted)}`).toEqual(
    ["dpm_solver_3", "ode_adaptive"].filter((name) => over.includes(name)),
  );
  expect(counted.edm_heun).toBeLessThanOrEqual(5);
});

test("parameters change what a lane computes, and so does a grid of its own", async ({ page }) => {
  const run = (lane: string) =>
    sampled(page, () => follow(page, `points=300&steps=5&lanes=${lane},ddim:mixture`)).then(({ error }) => error[0]);
  await sampled(page, () => page.goto("./#data=eight_gaussians&points=300&steps=6"));
  const outcomes = [
    await run("deis:mixture"),
    await run("deis;order=1:mixture"),
    await run("deis;variable=sigma:mixture"),
    await run("deis:mixture@edm"),
    await run("deis:mixture@edm;rho=3"),
  ];
  expect(new Set(outcomes).size, outcomes.join(", ")).toBe(outcomes.length);
});

test("overlays show paths and arrows", async ({ page }) => {
  await sampled(page, () => page.goto("./#steps=10&points=500"));
  const pause = page.getByRole("button", { name: "Pause", exact: true });
  if (await pause.isVisible()) await pause.click();
  await page.getByLabel("Time from noise to data").fill("5");
  const canvas = page.locator("canvas").first();
  const picture = () => canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL());
  for (const name of ["paths", "field"]) {
    const box = page
      .getByRole("group", { name: "Laid over the picture" })
      .getByRole("checkbox")
      .nth(name === "paths" ? 0 : 1);
    const before = await picture();
    await box.check();
    await expect.poll(picture, `${name} are drawn`).not.toBe(before);
  }
});

test("with the pretrained weights the curved sampler needs far fewer evaluations", async ({ page }) => {
  test.setTimeout(15 * 60_000);
  // Another state than the first one below, which would change nothing.
  await sampled(page, () => page.goto("./#steps=6"));
  const rows: string[] = [];
  const won = new Set(SETS);
  for (const data of SETS) {
    for (const steps of [5, 8]) {
      const mean = [0, 0];
      for (const seed of SEEDS) {
        const hash = `data=${data}&seed=${seed}&steps=${steps}&lanes=ddim:network,curved_gaussian_pc:network`;
        const { error, evaluations } = await sampled(page, () => follow(page, hash));
        expect(evaluations).toEqual([steps, steps]);
        error.forEach((value, lane) => {
          mean[lane] += value / SEEDS.length;
        });
      }
      rows.push(
        `${data}, ${steps} evaluations: DDIM ${mean[0].toFixed(4)}, curved ${mean[1].toFixed(4)}, ratio ${(mean[1] / mean[0]).toFixed(2)}`,
      );
      if (!(mean[1] < mean[0] / 3)) won.delete(data);
    }
  }
  console.log(rows.join("\n"));
  expect([...won].length, rows.join("\n")).toBeGreaterThanOrEqual(6);
});

test("digits sample from the pretrained weights", async ({ page }) => {
  test.setTimeout(10 * 60_000);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await sampled(page, () => page.goto("./#steps=5&points=500"));
  expect(
    requests.some((url) => url.includes("digits-")),
    "digits are not fetched before they are asked for",
  ).toBe(false);
  const result = await sampled(page, () => page.getByRole("radio", { name: /digits/i }).check({ force: true }));
  expect(result.dimension).toBe(784);
  expect(result.points).toBeGreaterThanOrEqual(36);
  expect(
    requests.some((url) => /digits-.*\.safetensors/.test(url)),
    "pretrained weights were fetched",
  ).toBe(true);
  const canvas = page.locator("canvas").nth(1);
  const bright = await canvas.evaluate((element: HTMLCanvasElement) => {
    const { data } = element.getContext("2d")!.getImageData(0, 0, element.width, element.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4)
      if (data[i] + data[i + 1] + data[i + 2] > 300 && data[i + 3] > 100) count++;
    return count / (data.length / 4);
  });
  expect(bright, "share of the canvas that is ink").toBeGreaterThan(0.005);
  await page.screenshot({ path: test.info().outputPath("digits.png") });

  // The clean digits that are expected, ways from noise to noise, and half a digit to be finished.
  const over = page.getByRole("group", { name: "Laid over the picture" });
  const picture = () => canvas.evaluate((element: HTMLCanvasElement) => element.toDataURL());
  const alone = await picture();
  await over.getByRole("checkbox", { name: "Denoised" }).check();
  await expect.poll(picture).not.toBe(alone);
  await over.getByRole("checkbox", { name: "Denoised" }).uncheck();
  await sampled(page, () => over.getByRole("checkbox", { name: "Morph" }).check());
  await sampled(page, () => over.getByRole("checkbox", { name: "Morph" }).uncheck());
  await page.getByRole("button", { name: "Draw half a digit" }).click();
  const board = page.getByRole("application", { name: /28 by 28 pixels/ });
  const finish = page.getByRole("button", { name: "Let the model finish it" });
  await expect(finish).toBeDisabled();
  await board.focus();
  for (const key of ["Space", "ArrowDown", "Space", "ArrowDown", "Space"]) await page.keyboard.press(key);
  await sampled(page, () => finish.click());
  await sampled(page, () => page.getByRole("button", { name: "Sample whole digits again" }).click());
});
