/** Lessons: what students meet, what their answers rest on, and what teachers print and hand out. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import type { Lesson, Measured, Round } from "../../www/store/lessons/types";
import { violations } from "./axe";
import { bundled } from "./bundled";
import { expect, test } from "./site";

const { lessons } = await bundled<{ lessons: Lesson[] }>("www/store/lessons/table.js");

/** As this page measured them, by lesson. */
const FILE = "www/generated/lessons.json";
const stored = () => JSON.parse(readFileSync(FILE, "utf8")) as Record<string, Measured[]>;

/** Predicts, runs all and reveals. */
async function answer(page: Page, round: Round) {
  await page.getByRole("radio", { name: round.choices[round.answer], exact: true }).check();
  for (const { label } of round.runs) {
    const button = page.getByRole("group", { name: "Run" }).getByRole("button", { name: label });
    await button.click();
    await expect(button).toContainText("✓", { timeout: 200_000 });
  }
  await page.getByRole("button", { name: "Reveal" }).click();
}

/** What the page shows as measured. */
const shown = (page: Page): Promise<Measured> =>
  page.locator(".answer").evaluate((answer) => ({
    rows: [...answer.querySelectorAll("tbody tr")].map((row) => {
      const [run, lane, evaluations, error] = [...row.children].map((cell) => cell.textContent ?? "");
      return { run, lane, evaluations, error };
    }),
    findings: [...answer.querySelectorAll(".found li")].map((item) => item.textContent ?? ""),
  }));

/** Percent; what is beyond the scale at either end is at that end. */
const percent = (text: string) => Number(text.replace(/[^\d.]/g, ""));

for (const lesson of lessons) {
  test(`the lesson “${lesson.title}” comes out as its answers say`, async ({ page }) => {
    await page.goto(`./#lesson=${lesson.name}`);
    const measured: Measured[] = [];
    for (const [index, round] of lesson.rounds.entries()) {
      if (index > 0) await page.getByRole("button", { name: "The next question" }).click();
      await answer(page, round);
      await expect(page.locator(".claims li")).toHaveText(round.claims.map(({ says }) => `${says} So it came.`));
      measured.push(await shown(page));
    }
    await expect(page.getByText(`You expected ${lesson.rounds.length} of ${lesson.rounds.length}`)).toBeVisible();
    if (process.env.FEWSTEPS_UPDATE === "1") {
      writeFileSync(FILE, `${JSON.stringify({ ...stored(), [lesson.name]: measured }, null, 1)}\n`);
      return;
    }
    // The teacher's page has these numbers: what compilers and processors round differently is less than this.
    const known = stored()[lesson.name];
    for (const [index, { rows }] of measured.entries()) {
      expect(known[index].rows.map(({ run, lane }) => [run, lane])).toEqual(rows.map(({ run, lane }) => [run, lane]));
      for (const [row, { error }] of rows.entries()) {
        const [now, before] = [error, known[index].rows[row].error].map(percent);
        expect(Math.abs(now - before), `${error} now, ${before} % stored`).toBeLessThan(
          3 + 0.3 * Math.max(now, before),
        );
      }
    }
  });
}

test("until the answer is revealed there are no controls and no numbers", async ({ page }) => {
  const control = lessons.find(({ name }) => name === "control")!;
  await page.goto("./#lesson=control&seed=5");
  await expect(page.getByText(/seed 5/)).toBeVisible();
  const runs = page.getByRole("group", { name: "Run" }).getByRole("button");
  for (const button of await runs.all()) await expect(button).toBeDisabled();
  await page.getByRole("radio").first().check();
  await runs.first().click();
  await expect(runs.first()).toContainText("✓", { timeout: 120_000 });
  await expect(page.locator(".lane-distance").first()).toBeHidden();
  await expect(page.locator(".stage button:visible, .stage select:visible, .stage input:visible")).toHaveCount(0);
  expect(await page.locator("main").ariaSnapshot()).not.toMatch(/%|evaluations?, error/);
  // The keyboard walks through all that can be reached, and none of it is in the figure.
  for (let i = 0; i < 15; i++) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.closest(".stage") === null)).toBe(true);
  }
  await page.keyboard.press("Space");
  await expect(page.locator(".answer")).toHaveCount(0);
  await page.getByRole("button", { name: "Reveal" }).click();
  await expect(page.locator(".lane-distance output").first()).toHaveText(/%/);
  await expect(page.getByRole("button", { name: /^(Pause|Play)$/ })).toBeVisible();
  await expect(page.locator(".answer table")).toContainText("%");
  await expect(page.getByRole("link", { name: "Open it in the playground" })).toHaveAttribute(
    "href",
    /#data=cat&.*seed=5/,
  );
  expect(await violations(page)).toEqual([]);
  expect(control.rounds.length).toBeGreaterThan(1);
});

test("the teacher’s page lists, links and prints", async ({ page }) => {
  await page.goto("./#lessons");
  const rows = page.locator(".lesson-table tbody tr");
  await expect(rows).toHaveCount(lessons.length);
  expect(lessons.length).toBeGreaterThanOrEqual(10);
  for (const { minutes } of lessons) expect(minutes >= 5 && minutes <= 40).toBe(true);
  expect(await violations(page)).toEqual([]);
  expect(page.workers(), "no engine for a list").toHaveLength(0);

  for (const name of ["whole", "straight"]) {
    const { title } = lessons.find((lesson) => lesson.name === name)!;
    await page.getByRole("checkbox", { name: `${title}, for the class` }).check();
  }
  await page.getByLabel("Seed").fill("7");
  await page.getByLabel("Seed").blur();
  const address = await page.getByLabel("Link for the class").inputValue();
  expect(address).toMatch(/#lesson=straight,whole&seed=7$/);

  // What `print` would put on paper.
  await page.evaluate(() => {
    window.print = () => {};
  });
  await page.getByRole("button", { name: "Print the sheets" }).click();
  // Ink on paper, whatever the screen's scheme.
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await expect(page.locator(".worksheet").first()).toHaveCSS("color", "rgb(30, 28, 25)");
  await expect(page.locator(".worksheets .worksheet")).toHaveCount(2);
  await expect(page.locator(".worksheets .worksheet").first()).toBeVisible();
  await expect(page.locator(".teacher")).toBeHidden();
  await expect(page.locator(".answers-printed")).toBeHidden();
  await page.emulateMedia({ media: "screen", colorScheme: null });
  await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await expect(page.locator(".worksheets")).toBeHidden();

  await page.goto(address);
  await page.reload();
  await expect(page.getByRole("navigation", { name: "Lessons" }).getByRole("button")).toHaveCount(2);
  await expect(page.getByText(/seed 7/)).toBeVisible();
});

test("a lesson’s address that is wrong in part says so", async ({ page }) => {
  await page.goto("./#lesson=straight,bent&seed=-1");
  await expect(page.getByRole("log")).toContainText(
    /no lesson is called “bent”; Seed is a whole number from 0 to \d+\. The rest applies\./,
  );
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/Straight steps/);
});
