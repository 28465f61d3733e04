/** What goes wrong is a sentence on the page, and the page goes on. */

import { readFileSync } from "node:fs";
import { heard, losses, opened, sampled } from "./engine";
import { expect, test } from "./site";

const notices = (page: import("@playwright/test").Page) => page.getByRole("region", { name: "Notices" });
const file = (name: string) => new URL(`../../www/weights/${name}`, import.meta.url).pathname;
const WILD =
  "./#points=300&steps=5&learning_rate=0.1&batch=16&output=score&weighting=sigma_power&weighting_power=-2&budget=3000";

test("training that goes wrong stops, takes the network back, and goes on at a smaller rate", async ({ page }) => {
  await sampled(page, () => page.goto(WILD));
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  const sentence = /Training stopped, because the loss of the (?:noise|turn) .* by step (\d+);/;
  await expect(notices(page)).toContainText(sentence, { timeout: 60_000 });
  const [, step] = sentence.exec(await notices(page).innerText())!;
  // How many steps the first report is of depends on the machine.
  const told = Math.max(0, ...(await heard(page, "training")).filter(({ running }) => running).map(({ step }) => step));
  expect(Number(step) - told, "steps between the last that was told and this").toBeLessThanOrEqual(50);
  await expect(notices(page)).toContainText("the network is back at step 0");
  const stopped = (await heard(page, "training")).at(-1)!;
  expect([stopped.running, stopped.step]).toEqual([false, 0]);
  await notices(page).getByRole("button", { name: "Train on at a rate of 0.02" }).click();
  await expect(page).toHaveURL(/learning_rate=0.02/);
  await expect.poll(async () => (await heard(page, "training")).at(-1)?.step, { timeout: 60_000 }).toBeGreaterThan(0);
});

test("weights with a number that is none are refused by name", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=300&steps=5"));
  const bytes = readFileSync(file("eight_gaussians.safetensors"));
  // The last number is of some tensor.
  bytes.fill(0xff, bytes.length - 4);
  const address = page.url();
  await page.getByLabel("Open weights").setInputFiles({ name: "bad.safetensors", mimeType: "", buffer: bytes });
  await expect(notices(page)).toContainText(
    /bad.safetensors: The weights “.+” hold a number that is not finite\. Nothing was changed\./,
  );
  expect(page.url()).toBe(address);
});

test("weights of other data say what they were trained on, and change nothing by themselves", async ({ page }) => {
  await sampled(page, () => page.goto("./#data=cat&points=300&steps=5"));
  await page.getByLabel("Open weights").setInputFiles(file("spiral.safetensors"));
  await expect(notices(page)).toContainText(
    "spiral.safetensors was trained on Spiral, and the page shows Cat. Nothing was changed.",
  );
  await sampled(page, () => notices(page).getByRole("button", { name: "Switch to Spiral" }).click());
  await expect(page.getByRole("radio", { name: "Spiral" })).toBeChecked();
  await expect(notices(page)).not.toContainText("Nothing was changed");
});

/** A host that answers with its own page, and no error, for files that are not there. */
test("a host that has a newer version says so, and nothing is called what it is not", async ({
  page,
  console: lines,
}) => {
  lines.expect(/Failed to load|MIME|module script|engine|wasm/i);
  const html = { status: 200, contentType: "text/html", body: "<!doctype html><html><body>Home</body></html>" };
  await page.route(/\.safetensors$/, (route) => route.fulfill(html));
  await sampled(page, () => page.goto("./#data=circles&points=300&steps=5"));
  await expect(notices(page)).toContainText(
    "The pretrained weights are no longer where this page looks: a newer version is out.",
  );
  await expect(notices(page).getByRole("button", { name: "Reload" })).toBeVisible();
  await expect(page.getByText(/Pretrained weights, made by/)).toHaveCount(0);
  await page.route(/engine-cpu-/, (route) => route.fulfill(html));
  await page.goto("about:blank");
  await page.goto("./#points=300&steps=5");
  await expect(notices(page)).toContainText("The engine is no longer where this page looks", { timeout: 60_000 });
});

test("notices never pile up", async ({ page }) => {
  await page.goto("./?device=abacus&workers=0#steps=abc");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(notices(page)).toContainText("was ignored");
  expect(await notices(page).getByRole("button", { name: "Dismiss" }).count()).toBeLessThanOrEqual(2);
});

test("two tabs keep a run each", async ({ context, site }) => {
  test.setTimeout(4 * 60_000);
  const open = async (steps: number) => {
    const page = await context.newPage();
    await page.goto(`${site}#points=300&steps=5&width=16&batch=16&objective=simple&budget=${steps}`);
    await page
      .getByRole("button", { name: /^Train from scratch/ })
      .first()
      .click();
    await expect(page.getByText(new RegExp(`\\b${steps}\\b`)).first()).toBeVisible();
    // Kept when training stops.
    await expect.poll(() => kept(page), { timeout: 60_000 }).toContain(steps);
    return page;
  };
  const first = await open(110);
  const second = await open(120);
  expect((await kept(second)).sort()).toEqual([110, 120]);
  await first.reload();
  await expect(notices(first)).toContainText("Your 110 steps");
  await second.reload();
  await expect(notices(second)).toContainText("Your 120 steps");
  await first.close();
  await second.close();
});

/** Steps of the runs in the browser's storage. */
const kept = (page: import("@playwright/test").Page) =>
  page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const opening = indexedDB.open("fewsteps");
        opening.onsuccess = () => {
          const all = opening.result.transaction("runs").objectStore("runs").getAll();
          all.onsuccess = () => {
            opening.result.close();
            resolve(all.result.map((run: any) => run.step));
          };
        };
      }),
  );

test("a damaged run in the storage is dropped, and said", async ({ page }) => {
  await page.goto("./#points=300");
  await page.waitForFunction(async () => (await indexedDB.databases()).some(({ name }) => name === "fewsteps"));
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open("fewsteps");
        opening.onsuccess = () => {
          const store = opening.result.transaction("runs", "readwrite").objectStore("runs");
          store.put({ version: 2, settings: null, step: "many" }, "run-damaged").onsuccess = () => {
            opening.result.close();
            resolve();
          };
        };
      }),
  );
  await page.reload();
  await expect(notices(page)).toContainText("A kept run was damaged, and had to be dropped.");
  await page.reload();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(notices(page)).not.toContainText("damaged");
});

test("where no script runs, the page says what to do", async ({ browser, site }) => {
  for (const [sandbox, sentence] of [
    ["allow-scripts", /can’t run here, for this frame is sandboxed/],
    ["", /it needs JavaScript and WebAssembly/],
  ] as const) {
    const page = await browser.newPage();
    await page.goto(site.replace(/some.*/, "nothing-here"));
    await page.setContent(`<iframe src="${site}" sandbox="${sandbox}" width="900" height="600"></iframe>`);
    await expect(page.frameLocator("iframe").getByText(sentence)).toBeVisible({ timeout: 20_000 });
    await page.close();
  }
});

test("a worker that dies is replaced, and training goes on from the last checkpoint", async ({
  page,
  console: lines,
}) => {
  lines.expect(/killed on purpose/);
  await sampled(page, () => page.goto("./#width=64&batch=128&budget=20000&points=300&steps=5"));
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  await expect.poll(async () => (await heard(page, "checkpoint")).length, { timeout: 60_000 }).toBeGreaterThan(0);
  const { step } = (await heard(page, "checkpoint")).at(-1)!;
  const [worker] = page.workers();
  await worker.evaluate(
    () =>
      void setTimeout(() => {
        throw new Error("killed on purpose");
      }),
  );
  await expect(page.getByRole("region", { name: "Notices" })).toContainText(/fresh engine took over from step/i, {
    timeout: 60_000,
  });
  await expect
    .poll(async () => (await heard(page, "training")).at(-1)?.step, { timeout: 60_000 })
    .toBeGreaterThan(step);
  expect((await losses(page)).noise.every(Number.isFinite)).toBe(true);
});

test("weights that can't be fetched leave a fresh network and a way to try again", async ({ page, console: lines }) => {
  lines.expect(/Failed to load resource/);
  await page.route(/\.safetensors$/, (route) => route.abort());
  await sampled(page, () => page.goto("./#data=circles&points=300&steps=5"));
  const notices = page.getByRole("region", { name: "Notices" });
  await expect(notices).toContainText(/weights could not be fetched/i);
  await page.unroute(/\.safetensors$/);
  await sampled(page, () => notices.getByRole("button", { name: "Try again" }).click());
  await expect(page.getByText(/Pretrained weights, [0-9,]+ parameters/)).toBeVisible();
});

test("an engine that can't be fetched is a sentence with a way to try again", async ({ page, console: lines }) => {
  lines.expect(/Failed to load resource|wasm|engine/i);
  await page.route(/engine-cpu-.*\.wasm$/, (route) => route.abort());
  await page.goto("./#points=300&steps=5");
  const again = page.getByRole("button", { name: "Try again" }).first();
  await expect(again).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.unroute(/engine-cpu-.*\.wasm$/);
  await again.click();
  expect((await opened(page)).backend).toBe("cpu");
});

test("a WebGPU engine that can't be fetched gives way to the CPU @webgpu", async ({ page, console: lines }) => {
  lines.expect(/Failed to load resource|wasm|engine/i);
  await page.route(/engine-webgpu-/, (route) => route.abort());
  await page.goto("./?device=webgpu#points=300&steps=5");
  const { backend, reason } = await opened(page);
  expect(backend).toBe("cpu");
  expect(reason.length).toBeGreaterThan(20);
});
