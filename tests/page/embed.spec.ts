/** `<few-steps>` in a post of another origin, and the same figure in a plain frame. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FrameLocator, Page } from "@playwright/test";
import { serve } from "./server.mjs";
import { expect, test as siteTest } from "./site";

/** Serves posts from an origin of their own. */
const test = siteTest.extend<{ post: (html: string) => Promise<string> }>({
  post: async ({ site: _ }, use) => {
    const folder = mkdtempSync(join(tmpdir(), "post-"));
    const server = await serve({ "/": folder });
    let count = 0;
    await use(async (html) => {
      const name = `post-${count++}.html`;
      // Without an icon, the browser looks for one that is not there.
      const icon = '<link rel="icon" href="data:," />';
      const [start] = /<head>|<!doctype html>(<html[^>]*>)?/.exec(html) ?? [""];
      writeFileSync(join(folder, name), html.replace(start, start + icon));
      return `${server.origin}/${name}`;
    });
    await server.close();
    rmSync(folder, { recursive: true });
  },
});

declare global {
  interface Window {
    told: { figure: string; name: string; detail: any }[];
  }
}

const SAMPLE = readFileSync("examples/post/index.html", "utf8").replace(/<!--[\s\S]*?-->/, "");

/** Notes what the figures of a page tell, by their titles. */
async function listen(page: Page) {
  await page.addInitScript(() => {
    window.told = [];
    addEventListener("DOMContentLoaded", () => {
      for (const figure of document.querySelectorAll("few-steps"))
        for (const name of ["ready", "step", "done", "error"])
          figure.addEventListener(name, (event) => {
            window.told.push({ figure: (figure as HTMLElement).title, name, detail: (event as CustomEvent).detail });
          });
    });
  });
}

/** Waits until a figure has told something, and returns it. */
async function told(page: Page, figure: string, name: string) {
  const found = await page.waitForFunction(
    ([figure, name]) => window.told.find((one) => one.figure === figure && one.name === name),
    [figure, name] as const,
    { timeout: 120_000 },
  );
  return (await found.jsonValue())!.detail;
}

const frameOf = (page: Page, title: string): FrameLocator =>
  page.locator(`few-steps[title="${title}"] iframe`).contentFrame();

test("a post costs nothing but the script and a small picture until a figure starts", async ({ page, site, post }) => {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url().replace(site, "")));
  await page.goto(await post(SAMPLE.replaceAll("http://127.0.0.1:8080/", site)));
  await expect(page.getByRole("button", { name: /on a spiral.*: run it here/ })).toBeVisible();
  await page.waitForLoadState("networkidle");
  const ofSite = asked.filter((url) => !/^http/.test(url));
  expect(ofSite).toContain("posters/spiral.svg");
  expect(ofSite.filter((url) => url !== "embed.js" && !/^posters\/\w+\.svg$/.test(url))).toEqual([]);
  for (const poster of ofSite.filter((url) => url.startsWith("posters/"))) {
    const { length } = await (await page.request.get(site + poster)).body();
    expect(length, poster).toBeLessThan(40_000);
  }
});

test("four figures of a post run one after the other, and one engine lives", async ({ page, site, post }) => {
  await listen(page);
  await page.goto(await post(SAMPLE.replaceAll("http://127.0.0.1:8080/", site)));
  const [spiral, digits, moons, study] = [
    "Straight and curved steps on a spiral, at three evaluations",
    "Handwritten digits by straight steps and by one whole step",
    "Training on two moons",
    "Quality against evaluations",
  ];
  await page.getByRole("button", { name: `${spiral}: run it here` }).click();
  expect((await told(page, spiral, "done")).error.every(Number.isFinite)).toBe(true);
  await expect(frameOf(page, spiral).locator(".lane-distance output").first()).toHaveText(/\d/);

  await page.locator(`few-steps[title="${digits}"]`).scrollIntoViewIfNeeded();
  expect((await told(page, digits, "ready")).backend).toBe("cpu");
  await expect(frameOf(page, spiral).getByText("at rest")).toBeVisible({ timeout: 30_000 });
  await expect.poll(() => page.workers().length, { timeout: 30_000 }).toBe(1);

  await page.locator(`few-steps[title="${moons}"]`).evaluate((figure: any) => figure.train(12));
  expect((await told(page, moons, "step")).budget).toBe(1500);
  expect(await told(page, moons, "done")).toBeTruthy();

  await page.locator(`few-steps[title="${study}"]`).getByRole("button").click();
  await expect(frameOf(page, study).getByRole("progressbar")).toBeVisible({ timeout: 60_000 });
  await expect(frameOf(page, moons).getByText("at rest")).toBeVisible({ timeout: 60_000 });
  await expect.poll(() => page.workers().length, { timeout: 30_000 }).toBe(1);

  // What rests starts again by a change.
  await frameOf(page, spiral).getByLabel("Steps, as a number").fill("5");
  await page.keyboard.press("Enter");
  await expect(frameOf(page, spiral).getByText("at rest")).toBeHidden();
});

test("the same post in another tab does not put a figure to rest", async ({ page, site, post, context }) => {
  const spiral = "A spiral";
  const address = await post(
    `<!doctype html><title>post</title><script async src="${site}embed.js"></script><few-steps data="spiral" points="300" title="${spiral}"></few-steps>`,
  );
  const other = await context.newPage();
  for (const tab of [page, other]) {
    await listen(tab);
    await tab.goto(address);
    await tab.getByRole("button", { name: `${spiral}: run it here` }).click();
    await told(tab, spiral, "done");
  }
  // It would have gone to rest before the other one had a picture.
  await expect(frameOf(page, spiral).getByText("at rest")).toBeHidden();
  expect(page.workers().length).toBe(1);
  await other.close();
});

test("plain frames of one page rest by turns with its elements, and those of another tab go on", async ({
  page,
  site,
  post,
  context,
}) => {
  const frame = (title: string) =>
    `<iframe src="${site}figure.html?start=click#data=circles&points=300&steps=4" title="${title}" width="360" height="420"></iframe>`;
  const html = `<!doctype html><title>post</title><script async src="${site}embed.js"></script>${frame("a")}<div>${frame("b")}</div>
    <few-steps data="circles" steps="4" points="300" title="c"></few-steps>`;
  const address = await post(html);
  const other = await context.newPage();
  const at = (tab: Page, title: string) => tab.locator(`iframe[title="${title}"]`).contentFrame();
  const run = async (tab: Page, title: string) => {
    await at(tab, title).getByRole("button", { name: "Run it here" }).click();
    await expect(at(tab, title).locator(".lane-distance output").first()).toHaveText(/\d/, { timeout: 60_000 });
  };
  await other.goto(address);
  await run(other, "a");
  await page.goto(address);
  await run(page, "a");
  await run(page, "b");
  await expect(at(page, "a").getByText("at rest")).toBeVisible();
  await page.getByRole("button", { name: "c: run it here" }).click();
  await expect(at(page, "b").getByText("at rest")).toBeVisible({ timeout: 30_000 });
  await expect(frameOf(page, "c").locator(".lane-distance output").first()).toHaveText(/\d/, { timeout: 60_000 });
  await at(page, "a").getByLabel("Steps, as a number").fill("5");
  await page.keyboard.press("Enter");
  await expect(frameOf(page, "c").getByText("at rest")).toBeVisible({ timeout: 30_000 });
  await expect.poll(() => page.workers().length, { timeout: 30_000 }).toBe(1);
  expect(other.workers()).toHaveLength(1);
  await expect(at(other, "a").getByText("at rest")).toBeHidden();
  await other.close();
});

test("a lesson in a post is predicted, run and revealed, without a control before that", async ({
  page,
  site,
  post,
}) => {
  await listen(page);
  const html = `<!doctype html><title>post</title><body style="width: 640px"><script src="${site}embed.js"></script>
    <few-steps title="l" lesson="control" seed="5"></few-steps>`;
  await page.goto(await post(html));
  await page.getByRole("button", { name: "l: run it here" }).click();
  const frame = frameOf(page, "l");
  await expect(frame.getByText("seed 5")).toBeVisible();
  expect(page.workers(), "no engine before a prediction").toHaveLength(0);
  await frame.getByRole("radio").last().check();
  // Neither the post nor the keyboard gives the answer away.
  await page.locator("few-steps").evaluate((figure: any) => figure.sample());
  await frame.getByRole("group", { name: "Run" }).getByRole("button").first().click();
  expect((await told(page, "l", "done")).evaluations).toEqual([5, 5]);
  await expect(frame.locator(".stage :is(button, select, input):visible")).toHaveCount(0);
  await expect(frame.locator(".lane-distance").first()).toBeHidden();
  await frame.getByRole("button", { name: "Reveal" }).click();
  await expect(frame.locator(".claims li").first()).toContainText("So it came.");
  await expect(frame.getByRole("button", { name: /^(Pause|Play)$/ })).toBeVisible();
  const wide = await frame.locator("html").evaluate((root) => root.scrollWidth - root.clientWidth);
  expect(wide, "pixels beyond the frame").toBe(0);

  const figure = page.locator("few-steps");
  expect(await figure.evaluate((one: any) => one.settings())).toEqual({ lesson: "control", seed: "5" });
  await figure.evaluate((one) => one.setAttribute("lesson", "noise"));
  await expect(frame.getByRole("heading", { level: 1 })).toHaveText("From noise to data");
  await figure.evaluate((one) => one.setAttribute("lesson", "bent"));
  expect((await told(page, "l", "error")).message).toContain("no lesson is called “bent”");
});

test("a lesson whose training another figure ends says so, and can be run again", async ({ page, site, post }) => {
  await page.goto(
    await post(`<!doctype html><title>post</title><script async src="${site}embed.js"></script>
      <few-steps title="l" lesson="training"></few-steps><few-steps title="f" data="circles" points="300" steps="4"></few-steps>`),
  );
  await page.getByRole("button", { name: "l: run it here" }).click();
  const frame = frameOf(page, "l");
  await frame.getByRole("radio").first().check();
  const run = frame.getByRole("group", { name: "Run" }).getByRole("button", { name: "1,500 training steps" });
  await run.click();
  await expect(frame.getByText(/^Training, step/)).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "f: run it here" }).click();
  await expect(frame.getByRole("alert")).toHaveText("It could not be run: another figure of this page runs now.");
  await expect(run).toBeEnabled();
});

test("settings, theme, font and colours come from the post", async ({ page, site, post }) => {
  const html = `<!doctype html><html style="color-scheme: dark; color: rgb(200, 210, 220); font-family: Georgia"><body style="width: 300px">
    <script src="${site}embed.js"></script>
    <few-steps title="f" data="circles" steps="4" points="300" start="now" controls="steps" style="--few-steps-ink: rgb(1, 200, 3)"></few-steps>`;
  await listen(page);
  await page.goto(await post(html));
  await told(page, "f", "ready");
  const frame = frameOf(page, "f");
  await expect(frame.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(frame.locator(".embedded")).toHaveCSS("color", "rgb(1, 200, 3)");
  await expect(frame.locator("body")).toHaveCSS("font-family", "Georgia");
  await expect(frame.getByLabel("Steps, as a number")).toHaveValue("4");
  await expect(frame.getByRole("button", { name: "Pause" })).toBeHidden();
  const wide = await frame.locator("html").evaluate((root) => root.scrollWidth - root.clientWidth);
  expect(wide, "pixels beyond the frame").toBe(0);
  const tall = await frame.locator("html").evaluate((root) => root.scrollHeight - root.clientHeight);
  expect(tall, "pixels below the frame").toBeLessThanOrEqual(1);

  const figure = page.locator("few-steps");
  expect(await figure.evaluate((one: any) => one.settings())).toMatchObject({ data: "circles", steps: "4" });
  expect(await figure.evaluate((one: any) => one.settings({ steps: 7 }))).toMatchObject({
    data: "circles",
    steps: "7",
  });
  await expect(frame.getByLabel("Steps, as a number")).toHaveValue("7");
  // Other data end the run before them, and are fetched or computed: the answer is given after that.
  expect(await figure.evaluate((one: any) => one.settings({ data: "spiral" }))).toMatchObject({
    data: "spiral",
    steps: "7",
  });
  // The default data are not named.
  const without = await figure.evaluate((one: any) => one.settings({ data: "eight_gaussians" }));
  expect([without.data, without.steps]).toEqual([undefined, "7"]);
  const formula = "curve;cos(t);sin(t);0;6;0.01";
  expect(await figure.evaluate((one: any, formula) => one.settings({ formula }), formula)).toMatchObject({ formula });
  expect(await figure.evaluate((one: any) => one.settings({ data: "circles" }))).toMatchObject({ data: "circles" });
  await figure.evaluate((one) => one.setAttribute("steps", "9"));
  await expect(frame.getByLabel("Steps, as a number")).toHaveValue("9");
  await figure.evaluate((one) => one.setAttribute("steps", "many"));
  expect((await told(page, "f", "error")).message).toContain("steps=many");
});

test("a post plays, pauses, samples and trains; the keyboard reaches what the post left in, and nothing else", async ({
  page,
  site,
  post,
}) => {
  await listen(page);
  const html = `<!doctype html><title>post</title><script async src="${site}embed.js"></script>
    <few-steps title="f" data="circles" steps="4" points="300" controls="play"></few-steps>`;
  await page.goto(await post(html));
  const figure = page.locator("few-steps");
  const call = (method: string, ...values: unknown[]) =>
    figure.evaluate((one: any, [method, values]) => one[method](...values), [method, values] as const);
  const samplings = () => page.evaluate(() => window.told.filter(({ detail }) => detail.what === "sampling").length);
  await call("play");
  await told(page, "f", "ready");
  const frame = frameOf(page, "f");
  await call("pause");
  await expect(frame.getByRole("button", { name: "Play" })).toBeVisible();
  await call("play");
  await expect(frame.getByRole("button", { name: "Pause" })).toBeVisible();
  const before = await samplings();
  await call("sample");
  await expect.poll(samplings).toBeGreaterThan(before);
  await call("train");
  expect((await told(page, "f", "step")).step).toBeGreaterThan(0);
  await call("pause");
  expect((await told(page, "f", "done")).what).toBeTruthy();
  await expect.poll(() => page.evaluate(() => window.told.some(({ detail }) => detail.what === "training"))).toBe(true);

  // From the start of the frame to its end, and out of it.
  await frame.locator("html").evaluate(() => window.focus());
  const names = new Set<string>();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    const name = await frame.locator("html").evaluate(() => {
      const { activeElement } = document;
      return activeElement === document.body ? "" : (activeElement?.ariaLabel ?? activeElement?.textContent ?? "");
    });
    if (name) names.add(name);
  }
  expect([...names].sort()).toEqual(["Fewsteps", "Loop", "Next step", "Play", "Previous step"]);
});

test("a figure hears its parent alone, and only what it understands", async ({ page, site, post }) => {
  await listen(page);
  await page.goto(
    await post(`<!doctype html><script src="${site}embed.js"></script>
      <few-steps title="f" points="300" steps="4" start="now"></few-steps><iframe id="other" srcdoc="<p>other</p>"></iframe>`),
  );
  await told(page, "f", "ready");
  const steps = frameOf(page, "f").getByLabel("Steps, as a number");
  await page.evaluate(() => {
    const figure = document.querySelector("few-steps")!.shadowRoot!.querySelector("iframe")!.contentWindow!;
    const other = document.getElementById("other") as HTMLIFrameElement;
    // From a stranger: a frame that is not the parent.
    const script = other.contentDocument!.createElement("script");
    Object.assign(other.contentWindow!, { figure });
    script.textContent = `figure.postMessage({ fewsteps: 1, type: "settings", id: 1, hash: "steps=77" }, "*")`;
    other.contentDocument!.body.append(script);
    // From the parent, but of no shape that is known.
    for (const wrong of [
      null,
      7,
      { type: "train" },
      { fewsteps: 1, type: "settings", id: "x", hash: "steps=78" },
      { fewsteps: 1, type: "settings", id: 3, hash: 79 },
      { fewsteps: 1, type: "train", steps: -1 },
    ])
      figure.postMessage(wrong, "*");
  });
  expect(await page.locator("few-steps").evaluate((one: any) => one.settings())).toMatchObject({ steps: "4" });
  await expect(steps).toHaveValue("4");
});

test("the element hears its own frame alone", async ({ page, site, post }) => {
  await listen(page);
  await page.goto(
    await post(`<!doctype html><script src="${site}embed.js"></script>
      <few-steps title="f" points="300" steps="4" start="now"></few-steps><iframe id="other" srcdoc="<p>other</p>"></iframe>`),
  );
  await told(page, "f", "ready");
  await page.evaluate(() => {
    const other = document.getElementById("other") as HTMLIFrameElement;
    const script = other.contentDocument!.createElement("script");
    const all = [
      { fewsteps: 1, type: "size", height: 7777 },
      { fewsteps: 1, type: "event", name: "done", detail: { what: "a lie" } },
    ];
    script.textContent = `for (const lie of ${JSON.stringify(all)}) parent.postMessage(lie, "*")`;
    other.contentDocument!.body.append(script);
    for (const lie of all) postMessage(lie, "*");
  });
  // There and back: what was sent before it has arrived.
  const figure = page.locator("few-steps");
  expect(await figure.evaluate((one: any) => one.settings())).toMatchObject({ steps: "4" });
  expect(await page.evaluate(() => window.told.filter(({ detail }) => detail?.what === "a lie"))).toEqual([]);
  expect((await page.locator("few-steps iframe").boundingBox())!.height).toBeLessThan(7000);
});

test("a plain frame waits for a click", async ({ page, site, post }) => {
  await page.goto(
    await post(
      `<!doctype html><iframe src="${site}figure.html?show=stage&start=click#data=circles&points=300&steps=4" title="f" width="360" height="480"></iframe>`,
    ),
  );
  const frame = page.locator("iframe").contentFrame();
  await expect(frame.getByRole("button", { name: "Run it here" })).toBeVisible();
  expect(page.workers()).toHaveLength(0);
  await frame.getByRole("button", { name: "Run it here" }).click();
  await expect(frame.locator(".lane-distance output").first()).toHaveText(/\d/, { timeout: 60_000 });
});

test("a sandboxed frame says how to open it", async ({ page, site, post, console: lines }) => {
  lines.expect(/CORS policy|ERR_FAILED|Failed to load/);
  await page.goto(
    await post(
      `<!doctype html><iframe sandbox="allow-scripts allow-popups" src="${site}figure.html#steps=4"></iframe>`,
    ),
  );
  const frame = page.locator("iframe").contentFrame();
  await expect(frame.getByRole("alert")).toContainText("this frame is sandboxed");
  await expect(frame.getByRole("link", { name: "Open it in a new tab" })).toHaveAttribute(
    "href",
    /figure\.html#steps=4$/,
  );
});

test("the dialog shows the figure, and its texts work in a post", async ({ page, context, post }) => {
  await page.goto("./#data=circles&points=300&steps=4");
  await page.getByRole("button", { name: "Embed" }).click();
  const dialog = page.getByRole("dialog", { name: "Embed a figure" });
  await dialog.getByRole("radio", { name: "At once" }).check();
  await dialog.getByRole("checkbox", { name: "Time" }).uncheck();
  await expect(dialog.locator("few-steps iframe").contentFrame().getByLabel("Steps, as a number")).toHaveValue("4");
  const text = await dialog.getByLabel(/^Element/).inputValue();
  expect(text).toContain('data="circles"');
  expect(text).toContain('controls="play steps overlays"');
  const frameText = await dialog.getByLabel(/^Frame/).inputValue();
  const other = await context.newPage();
  await listen(other);
  await other.goto(await post(`<!doctype html><title>post</title>${text}${frameText}`));
  await told(other, "From noise to circles", "ready");
  await expect(other.locator("few-steps iframe").contentFrame().getByLabel("Steps, as a number")).toHaveValue("4");
  await expect(other.locator("body > iframe").contentFrame().getByLabel("Steps, as a number")).toHaveValue("4");
  await other.close();

  await dialog.getByRole("radio", { name: "One lesson" }).check();
  await dialog.getByRole("combobox", { name: "Lesson" }).selectOption({ label: "A control: curves for nothing" });
  await expect(dialog.locator("few-steps iframe").contentFrame().getByText("Predict first.")).toBeVisible();
  await expect(dialog.getByLabel(/^Element/)).toHaveValue(/lesson="control"\n/);
  await expect(dialog.getByLabel(/^Frame/)).toHaveValue(/figure\.html\?show=lesson&amp;start=now#lesson=control"/);
});
