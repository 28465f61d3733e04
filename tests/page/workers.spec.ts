/** Training and sampling on the CPU, shared by workers. */
import type { Page, Worker } from "@playwright/test";
import { follow, heard, losses, sampled } from "./engine";
import { expect, test } from "./site";

const RUN = "#objective=simple&data=spiral&width=64&batch=1024&budget=100&points=200&steps=3&seed=4";

/** Work that is worth another worker. */
const LARGE = "data=spiral&width=256&points=4000&lanes=ddpm:network&seed=4&steps=";

async function helpersOf(page: Page) {
  const helpers: Worker[] = [];
  for (const worker of page.workers())
    if ((await worker.evaluate(() => self.name)) === "fewsteps-helper") helpers.push(worker);
  return helpers;
}

/** Errors at all steps of the last sampling: they depend on every point. */
async function errors(page: Page) {
  const frames = await heard(page, "frames");
  const last = frames.filter(({ run, pass }) => run === frames.at(-1)?.run && pass === frames.at(-1)?.pass);
  return last.flatMap((part) => part.errors as (number | null)[]).filter(Number.isFinite);
}

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
    const helpers = await helpersOf(page);
    expect(helpers.length).toBe(1);
    await helpers[0].evaluate(() => self.close());
  });
  expect(bereft.noise).toEqual(shared.noise);
});

test("two workers sample the very points that one samples, also where one dies or the run is given up", async ({
  page,
}) => {
  test.slow();
  await sampled(page, () => page.goto(`./?device=cpu&workers=1#${LARGE}30`));
  const expected = await errors(page);
  expect(expected.length).toBeGreaterThan(30);
  expect(await helpersOf(page)).toEqual([]);
  await page.goto("about:blank");
  await sampled(page, () => page.goto(`./?device=cpu&workers=2#${LARGE}48`));
  // The first sampling starts the helper, and does not wait for it.
  const [helper] = await helpersOf(page);
  await helper.evaluate(() => {
    const counting = Object.assign(self, { shares: 0 });
    addEventListener("message", () => counting.shares++);
  });
  const shares = () => helper.evaluate(() => (self as unknown as { shares: number }).shares);
  for (let steps = 32; (await shares()) === 0; steps++) await sampled(page, () => follow(page, `${LARGE}${steps}`));
  await sampled(page, () => follow(page, `${LARGE}30`));
  expect(await errors(page)).toEqual(expected);
  expect(await shares()).toBeGreaterThan(30);

  // Given up in the middle for another run, and this for the first one again.
  const frames = async () => (await heard(page, "frames")).length;
  const before = await frames();
  await follow(page, `${LARGE}29`);
  await expect.poll(frames, { timeout: 60_000 }).toBeGreaterThan(before + 3);
  await sampled(page, () => follow(page, `${LARGE}30`));
  expect(await errors(page)).toEqual(expected);

  await sampled(page, () => follow(page, `${LARGE}29`));
  const begun = await frames();
  await sampled(page, async () => {
    await follow(page, `${LARGE}30`);
    await expect.poll(frames, { timeout: 60_000 }).toBeGreaterThan(begun + 3);
    await helper.evaluate(() => self.close());
  });
  expect(await errors(page)).toEqual(expected);
});

test("an impossible number of workers is ignored, and said to be", async ({ page }) => {
  await page.goto("./?device=cpu&workers=none");
  await expect(page.getByText(/“workers=none” was ignored: it is a whole number from 1 to 8/)).toBeVisible();
});
