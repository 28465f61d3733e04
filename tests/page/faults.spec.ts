/**
 * Faults on purpose, at moments spread over a run: what the visitor sees, and that nothing is lost. On the CPU the losses of a run through a
 * fault must be those of a run without one, bit for bit. `cargo xtask faults` tries twenty moments of each.
 */
import type { Page } from "@playwright/test";
import { heard, sampled } from "./engine";
import { expect, test } from "./site";

const MOMENTS = Number(process.env.FEWSTEPS_FAULT_MOMENTS ?? 2);
const BUDGET = 3000;
const RUN = `data=circles&objective=accelerated&width=32&batch=64&points=200&steps=3&seed=4&budget=${BUDGET}`;

const notices = (page: Page) => page.getByRole("region", { name: "Notices" });
const trainingStep = async (page: Page) => (await heard(page, "training")).at(-1)?.step ?? 0;
const kept = async (page: Page) => (await heard(page, "checkpoint")).at(-1)?.step ?? 0;

test.beforeEach(async ({ page }) => {
  test.setTimeout((2 + 0.5 * MOMENTS) * 60_000);
  await page.addInitScript(() => {
    // A heart that beats fast enough for a test.
    const { setInterval: every } = window;
    window.setInterval = ((run: TimerHandler, wait: number, ...rest: unknown[]) =>
      every(run, wait === 2000 ? 400 : wait, ...rest)) as typeof setInterval;
    // A worker that ends at a step, and says nothing.
    const { Worker: Listening } = window;
    const workers: Worker[] = [];
    Object.assign(window, { workers, endAt: Infinity, endStudyAt: Infinity });
    window.Worker = class extends Listening {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        workers.push(this);
        this.addEventListener("message", ({ data }) => {
          const planned = window as unknown as { endAt: number; endStudyAt: number };
          const study =
            data.type === "update" && data.update.rows.length > 0 && data.update.progress >= planned.endStudyAt;
          if (!study && (data.type !== "training" || data.step < planned.endAt)) return;
          Object.assign(planned, { endAt: Infinity, endStudyAt: Infinity });
          this.terminate();
        });
      }
      /** Ends, too, as settings come to it that the test waits for. */
      postMessage(message: any, ...rest: any[]) {
        const { endAtSettings } = window as unknown as { endAtSettings?: { fresh: boolean; engine: number } };
        const { fresh, engine } = endAtSettings ?? {};
        if (message.type === "configure" && message.fresh === fresh && workers.length === engine) this.terminate();
        super.postMessage(message, ...rest);
      }
    };
  });
  // The engine's own memory, within reach; and what is done to it at a step.
  await page.route(/\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    const lend = `{
      const make = WebAssembly.instantiateStreaming;
      WebAssembly.instantiateStreaming = async (...all) => {
        const made = await make.apply(WebAssembly, all);
        self.memory = made.instance.exports.memory;
        return made;
      };
      const post = self.postMessage;
      self.postMessage = (message, ...rest) => {
        post.call(self, message, ...rest);
        if (message.type !== "training" || !(message.step >= self.faultAt)) return;
        self.faultAt = Infinity;
        self.fault();
      };
    }\n`;
    await route.fulfill({ response, body: lend + (await response.text()) });
  });
});

const start = (page: Page) =>
  page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click({ timeout: 10_000 });

async function open(page: Page) {
  await page.goto("about:blank");
  await sampled(page, () => page.goto(`./?device=cpu&workers=1#${RUN}`));
}

async function begin(page: Page) {
  await open(page);
  await start(page);
}

/** Losses by step, each as it was computed last. */
async function lossesByStep(page: Page) {
  return page.evaluate(() => {
    const found: Record<number, string> = {};
    for (const { type, step, noiseLoss, turnLoss } of window.overheard.received as any[]) {
      if (type !== "training") continue;
      noiseLoss.forEach((loss: number, i: number) => {
        found[step - noiseLoss.length + 1 + i] = `${loss} ${turnLoss[i]}`;
      });
    }
    return found;
  });
}

async function finished(page: Page) {
  await expect(page.getByText(`Trained here: step ${BUDGET.toLocaleString("en")} of`)).toBeVisible({ timeout: 90_000 });
  await expect.poll(async () => (await heard(page, "training")).at(-1)?.running, { timeout: 60_000 }).toBe(false);
  return lossesByStep(page);
}

/** Losses of the run that nothing happens to. @type */
let undisturbed: Record<number, string> | undefined;
async function reference(page: Page) {
  if (undisturbed) return undisturbed;
  await begin(page);
  undisturbed = await finished(page);
  expect(Object.keys(undisturbed).length).toBe(BUDGET);
  return undisturbed;
}

/** Stops training soon after a step; what was kept is of the step that it stopped at. */
async function stopAfter(page: Page, step: number) {
  await expect.poll(() => trainingStep(page), { intervals: [20], timeout: 60_000 }).toBeGreaterThan(step);
  await page.getByRole("button", { name: "Stop training" }).click({ timeout: 10_000 });
  await expect.poll(async () => (await heard(page, "training")).at(-1)?.running).toBe(false);
  await expect.poll(async () => (await kept(page)) === (await trainingStep(page))).toBe(true);
}

const trainOn = (page: Page) => page.getByRole("button", { name: "Train on" }).first().click({ timeout: 10_000 });

/** All pointers lead nowhere from a step on: whatever runs next traps. */
function traps(page: Page, step: number) {
  return page
    .workers()
    .at(-1)!
    .evaluate((step) => {
      const { memory } = self as unknown as { memory: WebAssembly.Memory };
      Object.assign(self, { faultAt: step, fault: () => new Uint8Array(memory.buffer).fill(0xff) });
    }, step);
}

/** Something goes wrong at a step of the run. */
const FAULTS: [name: string, plan: (page: Page, step: number) => Promise<unknown>][] = [
  [
    "an engine that is gone without a word",
    (page, step) =>
      page.evaluate((step) => {
        Object.assign(window, { endAt: step });
      }, step),
  ],
  ["an engine that traps", traps],
  [
    "an engine without memory",
    // None is left to grow into, and more is asked for: pictures of ten thousand points.
    async (page, step) => {
      await page
        .workers()
        .at(-1)!
        .evaluate((step) => {
          const { memory } = self as unknown as { memory: WebAssembly.Memory };
          const fault = () => {
            for (let pages = 32_768; pages >= 1; pages >>= 1)
              try {
                for (;;) memory.grow(pages);
              } catch {}
          };
          Object.assign(self, { faultAt: step, fault });
        }, step);
      await page.evaluate((step) => {
        const more = setInterval(() => {
          if ((window.overheard.received.findLast(({ type }) => type === "training")?.step ?? 0) < step) return;
          clearInterval(more);
          location.hash = location.hash.replace("points=200", "points=10000");
        }, 20);
      }, step);
    },
  ],
];

for (const [name, plan] of FAULTS)
  test(`${name} is replaced, and every step is taken as if nothing had been`, async ({ page, console: lines }) => {
    lines.expect(/RuntimeError|unreachable|out of bounds|panicked|memory/);
    const expected = await reference(page);
    for (let moment = 0; moment < MOMENTS; moment++) {
      const share = (moment + 0.5) / MOMENTS;
      await open(page);
      let before = 0;
      if (moment % 2 === 0) {
        await plan(page, Math.round(BUDGET * share));
        await start(page);
      } else {
        // A checkpoint lies before it.
        await start(page);
        await stopAfter(page, 100);
        before = await kept(page);
        await plan(page, Math.round(before + (BUDGET - before) * share));
        await trainOn(page);
      }
      const took = notices(page).getByText(/^A fresh engine took over/);
      await expect(took).toBeVisible({ timeout: 60_000 });
      const [, from = "0"] = /from step ([\d,]+)\./.exec(await took.innerText()) ?? [];
      expect(Number(from.replaceAll(",", "")), "the step that it took over from").toBeGreaterThanOrEqual(before);
      expect(await finished(page), `moment ${moment}, with what was kept of step ${before}`).toEqual(expected);
    }
  });

for (const before of ["nothing", "a checkpoint"])
  test(`an engine that traps before the end of its run is kept takes the last steps again, with ${before} before it`, async ({
    page,
    console: lines,
  }) => {
    lines.expect(/RuntimeError|unreachable|out of bounds|panicked|memory/);
    const expected = await reference(page);
    await begin(page);
    if (before !== "nothing") await stopAfter(page, 100);
    await traps(page, BUDGET);
    if (before !== "nothing") await trainOn(page);
    await expect(notices(page).getByText(/^A fresh engine took over/)).toBeVisible({ timeout: 60_000 });
    expect(await finished(page)).toEqual(expected);
    await expect.poll(() => kept(page)).toBe(BUDGET);
  });

test("an engine that is gone as a run begins is replaced, and the run begins", async ({ page }) => {
  await sampled(page, () => page.goto("./?device=cpu&workers=1#objective=simple&points=200&steps=3&budget=300"));
  await page.evaluate(() => Object.assign(window, { endAtSettings: { fresh: true, engine: 1 } }));
  await start(page);
  await expect(notices(page).getByText(/^A fresh engine took over/)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText("Trained here: step 300 of 300")).toBeVisible({ timeout: 60_000 });
});

test("an engine that is gone, and the next one as it is given the run, lose nothing", async ({ page }) => {
  const expected = await reference(page);
  await open(page);
  await page.evaluate(() => Object.assign(window, { endAt: 500, endAtSettings: { fresh: false, engine: 2 } }));
  await start(page);
  expect(await finished(page)).toEqual(expected);
  expect(await page.evaluate(() => (window as unknown as { workers: Worker[] }).workers.length)).toBe(3);
});

test("a study whose worker is gone without a word says so, keeps what was found, and runs again to its end", async ({
  page,
}) => {
  const outcome = page.locator(".outcome");
  for (let moment = 0; moment < MOMENTS; moment++) {
    await page.goto("about:blank");
    await page.goto("./#study=quality;most=8;points=1024");
    await page.evaluate(
      (share) => {
        Object.assign(window, { endStudyAt: share });
      },
      (0.8 * moment) / MOMENTS,
    );
    await page.getByRole("button", { name: /^Run( again)?$/ }).click({ timeout: 30_000 });
    await expect(page.getByText("It could not go on. It did not answer any more.")).toBeVisible({ timeout: 30_000 });
    await expect(outcome.locator("canvas").first()).toBeVisible();
    await page.getByRole("button", { name: "Run again" }).click();
    await expect(page.locator(".outcome[data-status=done]")).toBeVisible({ timeout: 60_000 });
  }
});

test("a page that the browser freezes goes on where it was, and takes nothing for dead", async ({ page }) => {
  const expected = await reference(page);
  const session = await page.context().newCDPSession(page);
  await begin(page);
  for (let moment = 0; moment < MOMENTS; moment++) {
    await expect
      .poll(() => trainingStep(page), { intervals: [20], timeout: 60_000 })
      .toBeGreaterThan((BUDGET * moment) / (MOMENTS + 1));
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    // Longer than fifteen beats of the heart.
    await new Promise((resolve) => setTimeout(resolve, 7000));
    await session.send("Page.setWebLifecycleState", { state: "active" });
  }
  expect(await finished(page)).toEqual(expected);
  await expect(notices(page)).not.toContainText("engine");
  expect(await page.evaluate(() => (window as unknown as { workers: Worker[] }).workers.length)).toBe(1);
});

test("the same run after a reload is the same, bit for bit, from its beginning and from what was kept", async ({
  page,
}) => {
  const expected = await reference(page);
  await begin(page);
  expect(await finished(page)).toEqual(expected);
  await begin(page);
  await stopAfter(page, 100);
  const first = await lossesByStep(page);
  const step = await trainingStep(page);
  expect(step).toBeLessThan(BUDGET);
  await page.reload();
  await notices(page).getByRole("button", { name: "Bring them back" }).click({ timeout: 30_000 });
  await expect(page.getByText(`Trained here: step ${step.toLocaleString("en")} of`)).toBeVisible({ timeout: 60_000 });
  await trainOn(page);
  expect({ ...first, ...(await finished(page)) }).toEqual(expected);
});

for (const [what, name] of [
  ["full", "QuotaExceededError"],
  ["forbidden", "SecurityError"],
] as const)
  test(`where the storage is ${what}, the page says so once, and training goes on`, async ({ page }) => {
    const expected = await reference(page);
    await page.addInitScript((name) => {
      const refuse = () => {
        throw new DOMException("refused on purpose", name);
      };
      if (name === "SecurityError") IDBFactory.prototype.open = refuse;
      else IDBObjectStore.prototype.put = refuse;
    }, name);
    await begin(page);
    await stopAfter(page, 100);
    await expect(notices(page)).toContainText(
      `A reload would lose this run, for the browser does not store it (${name}). “Download weights” keeps what it learned.`,
    );
    // Beside it the reference may be offered, where it was trained in this page.
    const lost = notices(page).getByText("A reload would lose").locator("..");
    await lost.getByRole("button", { name: "Dismiss" }).click({ timeout: 10_000 });
    await trainOn(page);
    expect(await finished(page)).toEqual(expected);
    // The last checkpoint was refused as well, and the visitor knows it by then.
    await expect(notices(page)).not.toContainText("A reload would lose");
    await expect(page.getByRole("button", { name: "Download weights" })).toBeVisible();
  });

test("a part of the page that can't be fetched is named, and the run outlasts the reload that it takes", async ({
  page,
  console: lines,
}) => {
  lines.expect(/Failed to (load|fetch)|ERR_/);
  await begin(page);
  await finished(page);
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Embed" }).click();
  await expect(notices(page)).toContainText("could not be fetched: the connection is gone", { timeout: 30_000 });
  await page.context().setOffline(false);
  await notices(page).getByRole("button", { name: "Reload" }).click();
  await expect(notices(page)).toContainText(`Your ${BUDGET.toLocaleString("en")} steps`, { timeout: 30_000 });
  await page.getByRole("button", { name: "Embed" }).click();
  await expect(page.getByRole("dialog", { name: "Embed a figure" })).toBeVisible();
});

test("without WebAssembly the page says so", async ({ page, console: lines }) => {
  lines.expect(/WebAssembly/);
  await page.unroute(/\/worker-[^/]*\.js$/);
  await page.route(/\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `delete self.WebAssembly;\n${await response.text()}` });
  });
  await page.goto(`./#${RUN}`);
  await expect(notices(page)).toContainText("WebAssembly switched off, as in Lockdown Mode: allow it for this page", {
    timeout: 30_000,
  });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
});
