/** What a visitor meets: a moving picture at once, an engine when it is needed, and the truth about what computes. */

import { heard, opened, sampled } from "./engine";
import { expect, test } from "./site";

test("the first picture moves within a second, and no wasm is fetched for it", async ({ page }) => {
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await page.addInitScript(() => {
    const small = new OffscreenCanvas(64, 64).getContext("2d", { willReadFrequently: true })!;
    let last = "";
    const look = () => {
      const canvas = document.querySelector("canvas");
      if (canvas?.width && canvas.height) {
        small.clearRect(0, 0, 64, 64);
        small.drawImage(canvas, 0, 0, 64, 64);
        const now = small.getImageData(0, 0, 64, 64).data.join();
        if (last && now !== last) {
          document.documentElement.dataset.moved = String(performance.now());
          return;
        }
        last = now;
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto("./");
  await expect(page.locator("html[data-moved]")).toBeAttached();
  const wait = await page.evaluate(() => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return Number(document.documentElement.dataset.moved) - paint.startTime;
  });
  expect(wait, "milliseconds from the first paint until the picture moved").toBeLessThan(1000);
  await page.waitForLoadState("networkidle");
  expect(requests.filter((path) => path.endsWith(".wasm") || /engine-|digits-|safetensors/.test(path))).toEqual([]);
  await expect(page.getByText("Recording", { exact: true })).toBeVisible();
});

test("the first touch starts the engine and both lanes are sampled", async ({ page }) => {
  await page.goto("./");
  const result = await sampled(page, () =>
    page
      .getByLabel("Steps, as a number")
      .fill("8")
      .then(() => page.keyboard.press("Enter")),
  );
  expect(result.evaluations).toEqual([8, 8]);
  expect(result.error.every(Number.isFinite)).toBe(true);
  for (const lane of ["Straight lane", "Whole lane"]) {
    await expect(page.getByRole("region", { name: lane }).getByRole("status")).toHaveText(/^\d/);
  }
});

test("without an adapter the badge says CPU and why", async ({ page }) => {
  await page.goto("./#steps=7");
  const { backend, reason } = await opened(page);
  expect(backend).toBe("cpu");
  expect(reason).toMatch(/WebGPU|GPU/);
  await page.locator(".badge summary").click();
  await expect(page.locator(".badge")).toContainText(reason);
});

test("asking for WebGPU where there is none leads to the CPU, with the reason", async ({ page }) => {
  await page.goto("./?device=webgpu#steps=7");
  const { backend, reason } = await opened(page);
  expect(backend).toBe("cpu");
  expect(reason.length).toBeGreaterThan(20);
});

test("a fallback adapter is not taken unasked @webgpu", async ({ page }) => {
  await page.goto("./#steps=5");
  const { backend, reason } = await opened(page);
  expect(backend).toBe("cpu");
  expect(reason).toMatch(/software|fallback|CPU/i);
  expect([...(await heard(page, "error")), ...(await heard(page, "refusal"))]).toEqual([]);
});
