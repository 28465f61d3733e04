/** What goes wrong is a sentence on the page, and the page goes on. */

import { heard, losses, opened, sampled } from "./engine";
import { expect, test } from "./site";

test("a worker that dies is replaced, and training goes on from the last checkpoint", async ({
  page,
  console: lines,
}) => {
  lines.expect(/killed on purpose/);
  await sampled(page, () => page.goto("./#width=64&batch=128&budget=20000&points=300&steps=5"));
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  await expect.poll(async () => (await heard(page, "checkpoint")).length, { timeout: 60_000 }).toBeGreaterThan(0);
  const { step } = (await heard(page, "checkpoint")).at(-1)!;
  const [worker] = page.workers();
  await worker.evaluate(
    () =>
      void setTimeout(() => {
        throw new Error("killed on purpose");
      }),
  );
  await expect(page.getByRole("region", { name: "Notices" })).toContainText(/fresh engine took over from step/i, {
    timeout: 60_000,
  });
  await expect
    .poll(async () => (await heard(page, "training")).at(-1)?.step, { timeout: 60_000 })
    .toBeGreaterThan(step);
  expect((await losses(page)).noise.every(Number.isFinite)).toBe(true);
});

test("weights that can't be fetched leave a fresh network and a way to try again", async ({ page, console: lines }) => {
  lines.expect(/Failed to load resource/);
  await page.route(/\.safetensors$/, (route) => route.abort());
  await sampled(page, () => page.goto("./#data=circles&points=300&steps=5"));
  const notices = page.getByRole("region", { name: "Notices" });
  await expect(notices).toContainText(/weights could not be fetched/i);
  await page.unroute(/\.safetensors$/);
  await sampled(page, () => notices.getByRole("button", { name: "Try again" }).click());
  await expect(page.getByText(/Pretrained weights, [0-9,]+ parameters/)).toBeVisible();
});

test("an engine that can't be fetched is a sentence with a way to try again", async ({ page, console: lines }) => {
  lines.expect(/Failed to load resource|wasm|engine/i);
  await page.route(/engine-cpu-.*\.wasm$/, (route) => route.abort());
  await page.goto("./#points=300&steps=5");
  const again = page.getByRole("button", { name: "Try again" }).first();
  await expect(again).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.unroute(/engine-cpu-.*\.wasm$/);
  await again.click();
  expect((await opened(page)).backend).toBe("cpu");
});

test("a WebGPU engine that can't be fetched gives way to the CPU @webgpu", async ({ page, console: lines }) => {
  lines.expect(/Failed to load resource|wasm|engine/i);
  await page.route(/engine-webgpu-/, (route) => route.abort());
  await page.goto("./?device=webgpu#points=300&steps=5");
  const { backend, reason } = await opened(page);
  expect(backend).toBe("cpu");
  expect(reason.length).toBeGreaterThan(20);
});
