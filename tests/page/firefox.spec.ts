/**
 * What must not depend on Chromium, in Firefox: the page's main flows on the CPU engine, the page as one file, a lesson, and figures in a
 * post of another origin. Playwright drives a Firefox of its own making; these drive the one that people have, by WebDriver BiDi.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test as base, expect } from "@playwright/test";
import puppeteer, { type Browser, type Frame, type Page } from "puppeteer-core";
import { serve } from "./server.mjs";

const FOLDER = process.env.FEWSTEPS_SITE ?? "";

/** No network but this machine's own servers: all else is sent to a port at which nobody answers. */
const CUT = {
  "network.proxy.type": 1,
  "network.proxy.http": "127.0.0.1",
  "network.proxy.http_port": 9,
  "network.proxy.ssl": "127.0.0.1",
  "network.proxy.ssl_port": 9,
  "network.proxy.no_proxies_on": "127.0.0.1",
};

interface Tab {
  page: Page;
  /** All addresses asked for so far. */
  asked: string[];
}

const test = base.extend<{ tab: Tab }, { firefox: Browser; site: string }>({
  firefox: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures are needed.
    async ({}, use) => {
      const executablePath = process.env.FIREFOX;
      if (!executablePath)
        throw new Error("No Firefox: install one, or name it in FIREFOX (cargo xtask test page does).");
      const firefox = await puppeteer.launch({
        browser: "firefox",
        executablePath,
        extraPrefsFirefox: CUT,
        // The window's own size: setting a viewport asks for a screen orientation too, which Firefox 140 does not know.
        defaultViewport: null,
        args: ["--width=1280", "--height=900"],
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
  tab: async ({ firefox }, use, info) => {
    const page = await firefox.newPage();
    await page.bringToFront();
    const faults: string[] = [];
    const asked: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    page.on("request", (request) => asked.push(request.url()));
    await use({ page, asked });
    if (info.status !== info.expectedStatus) {
      const body = Buffer.from(await page.screenshot());
      await info.attach("screenshot", { body, contentType: "image/png" });
    }
    await page.close();
    expect(faults, "errors on the console").toEqual([]);
  },
});

/**
 * Waits until something is so. Asked from here by the clock: Puppeteer's own waiting makes a function of a text within the page, which
 * Firefox 140 refuses by the page's policy.
 */
async function until<T extends unknown[]>(place: Page | Frame, condition: (...values: T) => boolean, ...values: T) {
  const end = Date.now() + 60_000;
  while (!(await place.evaluate(condition as (...values: unknown[]) => boolean, ...values))) {
    if (Date.now() > end) throw new Error(`After a minute this is not so: ${condition} (${JSON.stringify(values)})`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits for such an element, shown and not disabled. */
async function seen(page: Page, selector: string) {
  const usable = (selector: string) => {
    const element = document.querySelector(selector);
    return element !== null && element.getClientRects().length > 0 && !element.matches(":disabled");
  };
  await until(page, usable, selector);
  return (await page.$(selector))!;
}

/** Waits until all elements that match have such a text, and there is one. */
const says = (page: Page, selector: string, pattern: RegExp) =>
  until(
    page,
    (selector, source) => {
      const found = [...document.querySelectorAll(selector)];
      return found.length > 0 && found.every((element) => new RegExp(source, "i").test(element.textContent ?? ""));
    },
    selector,
    pattern.source,
  );

/** Waits for such an element, and clicks it. */
const press = async (page: Page, selector: string) => (await seen(page, selector)).click();

/** Plays, samples, switches between the rungs, trains, and shows digits. */
async function mainFlows(page: Page) {
  const time = 'input[aria-label="Time from noise to data"]';
  const start = await (await seen(page, time)).evaluate((input) => input.getAttribute("aria-valuetext"));
  await until(
    page,
    (time, start) => document.querySelector(time)?.getAttribute("aria-valuetext") !== start,
    time,
    start,
  );
  await press(page, 'button[aria-label="Pause"]');
  await seen(page, 'button[aria-label="Play"]');
  const steps = await seen(page, 'input[aria-label="Steps, as a number"]');
  await steps.click({ count: 3 });
  await steps.type("6");
  await page.keyboard.press("Enter");
  await says(page, ".lane-cost", /of 6 evaluations/);
  await says(page, ".badge summary", /CPU/);
  await says(page, ".lane-distance output", /\d %/);

  for (const [objective, lane] of [
    ["simple", "Control lane"],
    ["accelerated", "Curved lane"],
    ["whole", "Whole lane"],
  ]) {
    await press(page, `label.toggle-${objective}`);
    await until(page, (name) => [...document.querySelectorAll(".lane")].at(-1)?.ariaLabel === name, lane);
    await says(page, ".lane-distance output", /\d %/);
  }

  await press(page, "button.train");
  await says(page, ".train-progress", /step [1-9]\d+ of/);
  await press(page, "button.train");
  await says(page, "button.train", /Train on/);

  await page.evaluate(() => {
    location.hash = "data=digits&points=9&steps=2";
  });
  await seen(page, ".stage .picker");
  await says(page, ".lane-distance output", /\d %/);
}

test("the page plays, samples, switches rungs, trains and shows digits", async ({ tab: { page }, site }) => {
  await page.goto(site);
  await says(page, ".badge summary", /Recording/);
  await mainFlows(page);
});

test("the single file does the same from the file system, without a network", async ({ tab: { page, asked } }) => {
  await page.goto(pathToFileURL(join(FOLDER, "fewsteps.html")).href);
  await mainFlows(page);
  expect(asked.filter((url) => !/^(file|blob|data):/.test(url))).toEqual([]);
});

test("a lesson is predicted, run and revealed", async ({ tab: { page }, site }) => {
  await page.goto(`${site}#lesson=control`);
  await press(page, ".question .choice:nth-of-type(3) input");
  await press(page, '.question [aria-label="Run"] button:first-child');
  await says(page, '.question [aria-label="Run"] button:first-child', /✓/);
  await press(page, '.question [aria-label="Run"] button:last-child');
  await says(page, ".claims li", /So it came/);
});

test("figures of a post of another origin sample, train and study", async ({ tab: { page, asked }, site }) => {
  const folder = mkdtempSync(join(tmpdir(), "post-"));
  const server = await serve({ "/": folder });
  const sample = readFileSync("examples/post/index.html", "utf8").replaceAll("http://127.0.0.1:8080/", site);
  writeFileSync(join(folder, "index.html"), sample.replace("<head>", '<head><link rel="icon" href="data:," />'));
  await page.goto(`${server.origin}/`);
  await until(page, () => document.querySelector("few-steps:defined") !== null);
  expect(asked.filter((url) => /\.wasm|engine-|figure/.test(url))).toEqual([]);
  await page.evaluate(() => {
    const heard: string[] = [];
    Object.assign(window, { heard });
    for (const [index, figure] of [...document.querySelectorAll("few-steps")].entries())
      for (const name of ["ready", "step", "done", "error"])
        figure.addEventListener(name, (event) =>
          heard.push(`${index} ${name} ${JSON.stringify((event as CustomEvent).detail)}`),
        );
  });
  /** Does something to a figure, and waits for what it tells. */
  const act = async (index: number, method: "start" | "train", ...events: string[]) => {
    await page.evaluate(
      (index, method) => {
        const figure = document.querySelectorAll("few-steps")[index] as any;
        figure.scrollIntoView({ block: "center" });
        if (method === "train") figure.train(12);
        else figure.start();
      },
      index,
      method,
    );
    for (const event of events)
      await until(
        page,
        (start) => ((window as any).heard as string[]).some((line) => line.startsWith(start)),
        `${index} ${event}`,
      );
  };
  await act(0, "start", 'done {"what":"sampling"');
  await act(1, "start", "ready");
  await act(2, "train", "step", 'done {"what":"training"');
  await act(3, "start");
  const study = await page.waitForFrame((frame) => frame.url().includes("show=study"));
  await until(study, () => (document.querySelector("progress")?.value ?? 0) > 0);
  const errors = await page.evaluate(() => ((window as any).heard as string[]).filter((line) => / error /.test(line)));
  expect(errors).toEqual([]);
  await server.close();
  rmSync(folder, { recursive: true });
});
