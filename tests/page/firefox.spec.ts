/**
 * What must not depend on Chromium, in Firefox ESR: the page's main flows on the CPU engine, figures in a post of another origin, and
 * the page as one file without a network. Playwright drives a Firefox of its own making; these drive the one that people have, by
 * WebDriver BiDi. Without FIREFOX they are skipped, and the run's summary says so.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test as base, expect } from "@playwright/test";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { serve } from "./server.mjs";

const FOLDER = process.env.FEWSTEPS_SITE ?? "";

const test = base.extend<{ tab: Page; asked: string[] }, { firefox: Browser; site: string }>({
  firefox: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures are needed.
    async ({}, use) => {
      const firefox = await puppeteer.launch({
        browser: "firefox",
        executablePath: process.env.FIREFOX,
        headless: true,
      });
      await use(firefox);
      await firefox.close();
    },
    { scope: "worker" },
  ],
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: as above.
    async ({}, use) => {
      const server = await serve({ "/some/folder/": FOLDER });
      await use(`${server.origin}/some/folder/`);
      await server.close();
    },
    { scope: "worker" },
  ],
  /** All addresses asked for so far. */
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  asked: async ({}, use) => use([]),
  tab: async ({ firefox, asked }, use) => {
    const page = await firefox.newPage();
    await page.setViewport({ width: 1280, height: 900 });
    await page.bringToFront();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    page.on("request", (request) => asked.push(request.url()));
    await use(page);
    await page.close();
    expect(faults, "errors on the console").toEqual([]);
  },
});

test.skip(!process.env.FIREFOX, "no Firefox: name one in FIREFOX (Debian: apt-get install firefox-esr)");

/** By the clock: a tab that nobody looks at has no animation frames. */
const PATIENCE = { timeout: 60_000, polling: 100 };

/** Waits until an element's text matches. */
const says = (page: Page, selector: string, pattern: RegExp) =>
  page.waitForFunction(
    (selector, source) => {
      const found = [...document.querySelectorAll(selector)];
      return found.length > 0 && found.every((element) => new RegExp(source, "i").test(element.textContent ?? ""));
    },
    PATIENCE,
    selector,
    pattern.source,
  );

async function setSteps(page: Page, steps: number) {
  const field = await page.waitForSelector('input[aria-label="Steps, as a number"]');
  await field!.click({ count: 3 });
  await field!.type(String(steps));
  await page.keyboard.press("Enter");
  await says(page, ".lane-cost", new RegExp(`of ${steps} evaluation`));
}

/** Samples, trains, and shows digits. */
async function mainFlows(page: Page) {
  await page.waitForSelector('.transport button[aria-label="Pause"]');
  await page.click('.transport button[aria-label="Pause"]');
  await page.waitForSelector('.transport button[aria-label="Play"]');
  await setSteps(page, 6);
  await says(page, ".badge summary", /CPU/);
  await says(page, ".lane-distance output", /\d %/);

  await page.click(".train-bar button.train");
  await says(page, ".train-progress", /step [1-9]\d+ of/);
  await page.click(".train-bar button.train");
  await says(page, ".train-bar button.train", /Train on/);

  await page.click('.objective input[value="accelerated"]');
  await says(page, ".lane:last-child .lane-title", /Curved|Not learned yet/);

  await page.evaluate(() => {
    location.hash = "data=digits&points=16&steps=2";
  });
  await page.waitForFunction(() => document.querySelector(".stage .picker") !== null, PATIENCE);
  await says(page, ".lane-distance output", /%/);
}

test("the page samples, trains, switches rungs and shows digits", async ({ tab, site }) => {
  await tab.goto(site);
  await says(tab, ".badge summary", /Recording/);
  await mainFlows(tab);
});

test("the single file does the same from the file system", async ({ tab, asked }) => {
  await tab.goto(pathToFileURL(join(FOLDER, "fewsteps.html")).href);
  await mainFlows(tab);
  expect(asked.filter((url) => /^https?:/.test(url))).toEqual([]);
});

test("a lesson is predicted, run and revealed", async ({ tab, site }) => {
  await tab.goto(`${site}#lesson=control`);
  await tab.waitForSelector(".question input");
  await tab.click(".question .choice:nth-of-type(3) input");
  await tab.click('.question [aria-label="Run"] button');
  await says(tab, '.question [aria-label="Run"] button:first-child', /✓/);
  await tab.click('.question [aria-label="Run"] button:last-child');
  await says(tab, ".claims li", /So it came/);
});

test("figures of a post of another origin sample, train and study", async ({ tab, site }) => {
  const folder = mkdtempSync(join(tmpdir(), "post-"));
  const server = await serve({ "/": folder });
  const sample = readFileSync("examples/post/index.html", "utf8").replaceAll("http://127.0.0.1:8080/", site);
  writeFileSync(join(folder, "index.html"), sample.replace("<head>", '<head><link rel="icon" href="data:," />'));
  await tab.goto(`${server.origin}/`);
  await tab.waitForFunction(() => document.querySelector("few-steps:defined") !== null, PATIENCE);
  await tab.evaluate(() => {
    const told: string[] = [];
    Object.assign(window, { told });
    for (const [index, figure] of [...document.querySelectorAll("few-steps")].entries())
      for (const name of ["ready", "step", "done", "error"])
        figure.addEventListener(name, (event) =>
          told.push(`${index} ${name} ${JSON.stringify((event as CustomEvent).detail)}`),
        );
  });
  const told = (start: string) =>
    tab.waitForFunction(
      (start) => ((window as any).told as string[]).some((line) => line.startsWith(start)),
      PATIENCE,
      start,
    );
  const act = (index: number, what: string) =>
    tab.evaluate(
      (index, what) => {
        const figure = document.querySelectorAll("few-steps")[index] as any;
        figure.scrollIntoView({ block: "center" });
        if (what === "train") figure.train(12);
        else figure.start();
      },
      index,
      what,
    );
  await act(0, "start");
  await told('0 done {"what":"sampling"');
  await act(1, "start");
  await told("1 ready");
  await act(2, "train");
  await told("2 step");
  await told('2 done {"what":"training"');
  const errors = await tab.evaluate(() => ((window as any).told as string[]).filter((line) => / error /.test(line)));
  expect(errors).toEqual([]);
  await server.close();
  rmSync(folder, { recursive: true });
});
