/** What the headline says of errors: nothing that they do not show. Runs without a page. */
import { expect, test } from "@playwright/test";
import { plain, verdict } from "../../www/ui/stage/sentence.js";

/** Lanes of `evaluations` that end with these errors, each with its standard error. */
const said = (...ends: [number, number][]) =>
  plain(
    verdict(
      ends.map(([mean, error], index) => ({
        lane: { kind: "points", points: 2000, evaluations: 5 } as any,
        index,
        distance: { mean, error },
        name: { lane: index, text: ["Straight", "Curved", "Whole"][index] },
      })),
    ),
  );

test("no ratio is made of two errors near the floor, or of none that leaves the noise", () => {
  expect(said([0.004, 0.003], [0.0003, 0.003])).toBe(
    "With 5 evaluations each, Curved and Straight both end as close to the data as fresh data would.",
  );
  expect(said([0.5, 0.02], [0.001, 0.003])).toMatch(/Curved ends as close .*; Straight has an error of 50 %\.$/);
  expect(said([0.3, 0.02], [0.31, 0.02])).toMatch(/end equally close to the data/);
  expect(said([1.4, 0.02], [0.9, 0.02])).toMatch(/neither gets far from noise/);
  expect(said([0.1, 0.3], [0.05, 0.3])).toMatch(/too few points to tell/);
  for (const low of [0, 1e-6, 0.002, 0.5, 2])
    for (const high of [0, 0.003, 0.4, 3]) expect(said([high, 0.003], [low, 0.003])).not.toMatch(/times|0\.0000/);
});
