/** Training on the CPU, its steps shared by workers. */
import type { Page } from "@playwright/test";
import { heard, losses, sampled } from "./engine";
import { expect, test } from "./site";

const RUN = "#objective=simple&data=spiral&width=64&batch=1024&budget=100&points=200&steps=3&seed=4";

async function trained(page: Page, workers: number, meanwhile = async () => {}) {
  // Another hash alone would not load the page anew.
  await page.goto("about:blank");
  await sampled(page, () => page.goto(`./?device=cpu&workers=${workers}${RUN}`));
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  await expect.poll(async () => (await heard(page, "training")).length, { timeout: 60_000 }).toBeGreaterThan(0);
  await meanwhile();
  await expect.poll(async () => (await heard(page, "training")).at(-1)?.running, { timeout: 150_000 }).toBe(false);
  const reason = (await heard(page, "opened")).at(-1)?.reason as string;
  return { noise: (await losses(page)).noise, reason };
}

test("two workers take the very steps that one takes, and so again where one dies", async ({ page }) => {
  test.slow();
  const alone = await trained(page, 1);
  const shared = await trained(page, 2);
  expect(alone.reason).not.toContain("share");
  expect(shared.reason).toContain("2 workers share the training.");
  expect([alone.noise.length, shared.noise.length]).toEqual([100, 100]);
  // The same sums in another order.
  for (const [step, loss] of alone.noise.entries())
    expect(Math.abs(shared.noise[step] - loss)).toBeLessThan(1e-3 * loss);
  const bereft = await trained(page, 2, async () => {
    const helpers = [];
    for (const worker of page.workers())
      if ((await worker.evaluate(() => self.name)) === "fewsteps-helper") helpers.push(worker);
    expect(helpers.length).toBe(1);
    await helpers[0].evaluate(() => self.close());
  });
  expect(bereft.noise).toEqual(shared.noise);
});

test("an impossible number of workers is ignored, and said to be", async ({ page }) => {
  await page.goto("./?device=cpu&workers=none");
  await expect(page.getByText(/“workers=none” was ignored: it is a whole number from 1 to 8/)).toBeVisible();
});
