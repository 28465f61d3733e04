/** The GPU is taken away while it works: the page says so, and what was asked for goes on with a fresh engine, then on the CPU. */
import type { Page } from "@playwright/test";
import { heard, losses, opened, sampled } from "./engine";
import { expect, test } from "./site";

const MOMENTS = Number(process.env.FEWSTEPS_FAULT_MOMENTS ?? 1);
/** Small enough for the software adapter. */
const SMALL = "data=two_moons&objective=simple&width=16&batch=16&points=100&steps=5&budget=400";

/** Lets the test reach the devices that the engine is given, and the software adapter pass for a GPU, which is compared with the CPU. */
const LEND = `{
  const prototype = GPUAdapter.prototype, request = prototype.requestDevice;
  self.lent = [];
  prototype.requestDevice = async function (...wish) {
    const device = await request.apply(this, wish);
    self.lent.push(device);
    return device;
  };
  Object.defineProperty(prototype, "info", { get: () => ({ description: "a GPU of the test's" }) });
  Object.defineProperty(prototype, "isFallbackAdapter", { get: () => false });
}
`;

test.beforeEach(async ({ page }) => {
  test.setTimeout((5 + 3 * MOMENTS) * 60_000);
  await page.route(/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: LEND + (await response.text()) });
  });
});

const destroy = (page: Page) =>
  page
    .workers()
    .at(-1)!
    .evaluate(() => (self as unknown as { lent: GPUDevice[] }).lent.at(-1)?.destroy());
const lentOut = (page: Page) =>
  page
    .workers()
    .at(-1)!
    .evaluate(() => (self as unknown as { lent: GPUDevice[] }).lent.length)
    .catch(() => 0);
const step = async (page: Page) => (await heard(page, "training")).at(-1)?.step ?? 0;
const notices = (page: Page) => page.getByRole("region", { name: "Notices" });
const train = (page: Page) =>
  page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();

/** The engine that was lost is replaced; what is said of it is a sentence. */
async function replaced(page: Page) {
  await expect.poll(async () => (await heard(page, "fatal")).at(-1)?.code, { timeout: 60_000 }).toBe("device_lost");
  const { message } = (await heard(page, "fatal")).at(-1)!;
  expect(message).toMatch(/^the (browser took the GPU away|GPU does not answer any more)$/);
  await expect(notices(page)).toContainText("A fresh engine took over", { timeout: 120_000 });
}

async function trainsOn(page: Page, from: number) {
  await expect.poll(() => step(page), { timeout: 240_000, intervals: [500] }).toBeGreaterThan(from);
  expect((await losses(page)).noise.every(Number.isFinite)).toBe(true);
}

test("a device that is lost while training costs no training @webgpu", async ({ page }) => {
  for (let moment = 0; moment < MOMENTS; moment++) {
    await page.goto("about:blank");
    await sampled(page, () => page.goto(`./?device=webgpu#${SMALL}`));
    expect((await opened(page)).backend).toBe("webgpu");
    await train(page);
    await expect.poll(() => step(page), { timeout: 240_000, intervals: [100] }).toBeGreaterThan(moment);
    const before = await step(page);
    await destroy(page);
    await replaced(page);
    await trainsOn(page, before);
  }
});

test("a device that is lost while sampling leaves a whole picture @webgpu", async ({ page }) => {
  for (let moment = 0; moment < MOMENTS; moment++) {
    await page.goto("about:blank");
    await sampled(page, () => page.goto(`./?device=webgpu#${SMALL}`));
    const frames = async () => (await heard(page, "frames")).length;
    const before = await frames();
    await page.getByLabel("Steps, as a number").fill(String(60 + moment));
    await page.keyboard.press("Enter");
    await expect.poll(frames, { timeout: 60_000, intervals: [20] }).toBeGreaterThan(before + (moment % 5));
    await destroy(page);
    await replaced(page);
    const complete = async () => {
      const all = await heard(page, "frames");
      const ends = all.filter(({ run, done }) => done && run === all.at(-1)?.run);
      return ends.filter(({ errors }) => Number.isFinite(errors.at(-2))).map(({ lane }) => lane);
    };
    await expect.poll(complete, { timeout: 240_000, intervals: [500] }).toEqual([0, 1]);
  }
});

test("a device that is lost while it is compared with the CPU leaves training to go on @webgpu", async ({ page }) => {
  for (let moment = 0; moment < MOMENTS; moment++) {
    await page.goto("about:blank");
    await sampled(page, () => page.goto(`./?device=auto#${SMALL}`));
    expect((await opened(page)).reason).toContain("is tried");
    await train(page);
    await expect.poll(() => lentOut(page), { timeout: 120_000, intervals: [20] }).toBe(1);
    await page.waitForTimeout(200 * moment);
    await destroy(page);
    await replaced(page);
    await trainsOn(page, 3);
  }
});
