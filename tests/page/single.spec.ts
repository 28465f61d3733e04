/** The page as one file, opened from the file system with the network cut; and what the folder says that is opened so. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { heard, opened, sampled } from "./engine";
import { expect, test } from "./site";

const fileOf = (name: string) => pathToFileURL(join(process.env.FEWSTEPS_SITE ?? "", name)).href;

/** Opens a file of the site; nothing may be asked of any network. */
async function open(page: Page, name: string, hash = "") {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (!/^(file|blob|data):/.test(request.url())) asked.push(request.url());
  });
  await page.context().setOffline(true);
  await page.goto(fileOf(name) + hash);
  return asked;
}

// The release is held to 6 MB (www/build/budgets.mjs); the tests' engine is not made small.
test("the single file leaves its engine 1.4 of 6 MB", () => {
  const folder = process.env.FEWSTEPS_SITE ?? "";
  // A release has two for the CPU, and the file holds the larger one, which has the laboratory's studies.
  const engines = readdirSync(folder).filter((name) => /^engine-(cpu|laboratory).*\.wasm$/.test(name));
  const packed = Math.max(
    ...engines.map((engine) => gzipSync(readFileSync(join(folder, engine)), { level: 9 }).length),
  );
  // Bytes that a page can't hold take two; an engine that is not made small has more of them.
  const file = readFileSync(join(folder, "fewsteps.html"), "latin1");
  const archive = file.slice(file.indexOf('id="archive">'), file.lastIndexOf("</script>"));
  const escapes = archive.split("=").length / archive.length;
  expect(file.length - packed / (1 - escapes)).toBeLessThan(4_600_000);
});

test("the single file samples, trains and shows digits", async ({ page }) => {
  const asked = await open(page, "fewsteps.html");
  await expect(page.getByText("Recording", { exact: true })).toBeVisible();
  const points = await sampled(page, () =>
    page
      .getByLabel("Steps, as a number")
      .fill("6")
      .then(() => page.keyboard.press("Enter")),
  );
  expect(points.error.every(Number.isFinite)).toBe(true);
  expect((await opened(page)).backend).toBe("cpu");
  await expect(page).toHaveURL(/#.*steps=6/);

  await page.evaluate(() => {
    location.hash = "objective=simple&width=64&batch=64&budget=2000&points=300";
  });
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  await expect.poll(async () => (await heard(page, "training")).at(-1)?.step, { timeout: 60_000 }).toBeGreaterThan(20);

  const digits = await sampled(page, () =>
    page.evaluate(() => {
      location.hash = "data=digits&points=8&steps=2";
    }),
  );
  expect(digits.dimension).toBe(784);
  expect(asked, "requests to a network").toEqual([]);
});

test("the single file’s weights, in half precision, give the site’s samples", async ({ page, site }) => {
  const hash =
    "#data=cat&steps=4&lanes=unipc:network,flow_map:network@log_linear;sigma_max=10;sigma_min=0.02,ddim:network";
  const whole = await sampled(page, () => page.goto(site + hash));
  const half = await sampled(page, () => page.goto(fileOf("fewsteps.html") + hash));
  for (const [lane, error] of half.error.entries())
    expect(Math.abs(error - whole.error[lane]), `${error} against ${whole.error[lane]}`).toBeLessThan(0.01);
});

test("the single file runs the laboratory", async ({ page }) => {
  const asked = await open(page, "fewsteps.html", "#study=density");
  const study = page.locator(".study");
  await study.getByRole("button", { name: "Run", exact: true }).click();
  await expect(study.locator(".findings li").first()).toBeVisible({ timeout: 120_000 });
  expect(asked, "requests to a network").toEqual([]);
});

test("the single file has the lessons", async ({ page }) => {
  const asked = await open(page, "fewsteps.html", "#lesson=control");
  await page.getByRole("radio").first().check();
  const run = page.getByRole("group", { name: "Run" }).getByRole("button").first();
  await run.click();
  await expect(run).toContainText("✓", { timeout: 120_000 });
  expect(asked, "requests to a network").toEqual([]);
});

test("the folder, opened as files, says what to do", async ({ page, console: lines }) => {
  lines.expect(/CORS policy|ERR_FAILED/);
  await open(page, "index.html");
  await expect(page.getByRole("alert")).toHaveText(/only from a web server.*fewsteps\.html.*http:\/\/localhost:8000/);
});
