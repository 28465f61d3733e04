/** The worker runs what the native command runs. */
import { readFileSync } from "node:fs";
import { opened } from "./engine";
import { expect, test } from "./site";

const reference = JSON.parse(readFileSync(new URL("../references/deterministic.json", import.meta.url), "utf8"));

test("a description runs in the worker, and a bad one names its field", async ({ page }) => {
  await page.goto("./#steps=7");
  await opened(page);
  const { gmm, xT, grids } = reference;
  const { abars, traj } = grids["loglin-4"];
  const description = {
    target: { mixture: { weights: gmm.w, means: gmm.mu, covariances: gmm.cov } },
    schedule: { alpha_bars: abars },
    sampler: "unipc3_bh2",
    start: xT,
  };
  const answer = async (id: number, description: unknown) => {
    await page.evaluate(
      ([id, text]) => window.overheard.workers.at(-1)?.postMessage({ type: "study", id, description: text }),
      [id, JSON.stringify(description)] as const,
    );
    await page.waitForFunction(
      (count) =>
        window.overheard.received.filter(({ type, code }) => type === "study" || code === "study").length >= count,
      id,
    );
    return page.evaluate(() =>
      window.overheard.received.filter(({ type, code }) => type === "study" || code === "study").at(-1),
    );
  };
  const outcome = JSON.parse((await answer(1, description))?.outcome);
  expect(outcome.evaluations).toBe(4);
  const worst = Math.max(
    ...outcome.trajectory.flat(2).map((value: number, i: number) => Math.abs(value - traj.unipc3_bh2.flat(2)[i])),
  );
  expect(worst).toBeLessThan(1e-9);
  const bad = await answer(2, { ...description, sampler: "warp" });
  expect(bad?.message).toContain("sampler: there is no sampler called “warp”");
});
