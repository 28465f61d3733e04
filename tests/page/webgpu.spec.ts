/** The WebGPU engine on Chromium's software adapter, where a step takes a while and first use longer. */

import type { Page } from "@playwright/test";
import { heard, losses, opened, sampled } from "./engine";
import { expect, test } from "./site";

/** Small enough for the software adapter. */
const SMALL = "data=two_moons&width=64&batch=64&points=200&steps=5&budget=400";

async function step(page: Page, count: number) {
  const button = page.getByRole("button", { name: "One training step" });
  for (let i = 1; i <= count; i++) {
    await button.click();
    await expect.poll(async () => (await losses(page)).noise.length, { timeout: 240_000 }).toBe(i);
  }
  return losses(page);
}

test("CPU and WebGPU agree on training steps @webgpu", async ({ page }) => {
  await sampled(page, () => page.goto(`./?device=cpu#${SMALL}`));
  expect((await opened(page)).backend).toBe("cpu");
  const cpu = await step(page, 4);

  await sampled(page, () => page.goto(`./?device=webgpu#${SMALL}`));
  const { backend, adapter } = await opened(page);
  expect(backend).toBe("webgpu");
  expect(adapter).toMatch(/swiftshader/i);
  await expect(page.locator(".badge summary")).toContainText("WebGPU");
  const webgpu = await step(page, 4);

  for (const head of ["noise", "turn"] as const) {
    expect(webgpu[head].length).toBe(cpu[head].length);
    cpu[head].forEach((loss, i) => {
      expect(
        Math.abs(webgpu[head][i] - loss),
        `${head} loss of step ${i + 1}: ${loss} and ${webgpu[head][i]}`,
      ).toBeLessThan(1e-3 * Math.max(1, Math.abs(loss)));
    });
  }
});

test("training on WebGPU brings the loss down and both lanes are sampled from it @webgpu", async ({ page }) => {
  const before = await sampled(page, () =>
    page.goto("./?device=webgpu#width=64&batch=256&points=200&budget=400&learning_rate=0.01&noise=cosine"),
  );
  expect(before.error.every(Number.isFinite)).toBe(true);
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  await expect
    .poll(async () => mean((await losses(page)).noise.slice(10).slice(-30)), {
      timeout: 480_000,
      intervals: [2000],
      message: "mean noise loss of the last 30 steps",
    })
    .toBeLessThan(0.42);
  expect(mean((await losses(page)).noise.slice(0, 10)), "mean noise loss of the first 10 steps").toBeGreaterThan(0.44);
  await page.getByRole("button", { name: "Stop training" }).click();
  await expect.poll(async () => (await heard(page, "training")).at(-1)?.running, { timeout: 60_000 }).toBe(false);
  const after = await sampled(page, () =>
    page
      .getByLabel("Steps, as a number")
      .fill("6")
      .then(() => page.keyboard.press("Enter")),
  );
  expect(after.evaluations).toEqual([6, 6]);
  expect(after.error.every(Number.isFinite)).toBe(true);
});

test("CPU and WebGPU agree on digits: samples of the pretrained weights and a training step @webgpu", async ({
  page,
}) => {
  const on = async (device: string) => {
    const { error, dimension } = await sampled(page, () =>
      page.goto(`./?device=${device}#data=digits&steps=4&batch=16`),
    );
    expect((await opened(page)).backend).toBe(device);
    expect(dimension).toBe(784);
    return { error, loss: (await step(page, 1)).noise[0] };
  };
  const [cpu, webgpu] = [await on("cpu"), await on("webgpu")];
  expect(cpu.loss, "an untrained network's error").toBeGreaterThan(0.5);
  expect(Math.abs(webgpu.loss - cpu.loss), `${cpu.loss} and ${webgpu.loss}`).toBeLessThan(1e-3 * cpu.loss);
  // Near zero the square is a difference of means that are as large for all lanes: rounding counts against the largest.
  const rounding = 1e-4 * Math.max(...cpu.error) ** 2;
  for (const [lane, error] of cpu.error.entries()) {
    const off = Math.abs(webgpu.error[lane] ** 2 - error ** 2);
    expect(off, `lane ${lane + 1}: ${error}, off by ${off}`).toBeLessThan(0.02 * error ** 2 + rounding);
  }
});

/** Lets the test reach the device that the engine is given. */
const LEND = `{
  const prototype = GPUAdapter.prototype, request = prototype.requestDevice;
  prototype.requestDevice = async function (...wish) { return (self.lent = await request.apply(this, wish)); };
}
`;

test("a lost GPU device is heard of, and a fresh engine takes over @webgpu", async ({ page }) => {
  await page.route(/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: LEND + (await response.text()) });
  });
  await sampled(page, () => page.goto(`./?device=webgpu#${SMALL}`));
  expect((await opened(page)).backend).toBe("webgpu");
  const [worker] = page.workers();
  await worker.evaluate(() => (self as unknown as { lent: GPUDevice }).lent.destroy());
  await expect.poll(async () => (await heard(page, "fatal")).at(-1)?.code, { timeout: 60_000 }).toBe("device_lost");
  await expect(page.getByText("A fresh engine took over.")).toBeVisible({ timeout: 120_000 });
});
