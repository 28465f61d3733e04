/** The laboratory: every study runs, stops, leaves as files and comes back from them. */
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, test } from "./site";

const studies: { value: string; label: string; needs: string; parameters: { key: string; default: unknown }[] }[] =
  JSON.parse(readFileSync(new URL("../../www/generated/studies.json", import.meta.url), "utf8"));

/** Small enough for a test, of the same kind as the default. */
const SMALL: Record<string, object> = {
  quality: { most: 8, points: 512, samplers: ["ddim", "curved_pc"] },
  density: { training: 60, seeds: 2 },
  budget: { training: 40, seeds: 2 },
  bound: { budgets: [16], grids: ["log_linear", "edm"] },
  score_error: { most: 16 },
  dimension: { samplers: ["ddim", "li_accel"], steps: 8, most: 16, accuracy: 0.3, points: 500 },
  progress: { steps: 32, networks: 2, width: 16, points: 200, samplers: ["ddim", "curved_pc"] },
  weightings: { steps: 16, known: 16, draws: 2, networks: 2, width: 16 },
  memorisation: { known: 12, width: 32, training: 60, seeds: 2 },
  reach: { points: 50 },
  turn: { steps: 60, width: 32, count: 200, seeds: 2 },
  grids: { samplers: ["ddim", "unipc"], budgets: [3, 5], paths: 64, points: 512 },
  relatives: { steps: 60, width: 16, seeds: 2 },
  gamma: { budgets: [5, 10], values: 5, points: 64 },
  parallel: { budgets: [8, 16], windows: [4], points: 16, seeds: 2 },
  measured: { samplers: ["ddim", "ddpm"], budgets: [4, 8], points: 200 },
  known_density: { samplers: ["ddim"], budgets: [5], draws: [16, 64], points: 50 },
  split: { widths: [8], known: [16, 64], steps: 32 },
  ranking: { samplers: ["ddim", "curved_pc", "ddpm"], budgets: [3, 5] },
  digits: { samplers: ["ddim", "curved_pc"], budgets: [4, 6], images: 64 },
};

async function open(page: Page, { study, ...values }: { study: string; [parameter: string]: unknown }) {
  const parts = Object.entries(values).map(([key, value]) => `;${key}=${value}`);
  await page.goto(`./#study=${study}${parts.join("")}`);
  await expect(page.locator(".study h3")).toBeVisible();
}

/** What the laboratory's worker said of the studies it ran. */
const studyMessages = (page: Page) =>
  page.evaluate(() => {
    const { sent, received } = window.overheard;
    const ids = sent.filter(({ type }) => type === "run").map(({ id }) => id);
    return received.filter(({ id }) => id !== undefined && ids.includes(id));
  });

async function download(page: Page, name: string): Promise<{ file: string; bytes: Buffer }> {
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.locator(".take").getByRole("button", { name }).click(),
  ]);
  return { file: saved.suggestedFilename(), bytes: readFileSync(await saved.path()) };
}

/** Colours of bars on the page that a picture of it hardly has. */
async function barsMissing(page: Page, png: Buffer) {
  return page.evaluate(
    async (url) => {
      const bitmap = await createImageBitmap(await (await fetch(url)).blob());
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d")!;
      context.drawImage(bitmap, 0, 0);
      const pixels = new Uint32Array(context.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer);
      const counts = new Map<string, number>();
      for (const pixel of pixels) {
        const colour = `rgb(${pixel & 255}, ${(pixel >> 8) & 255}, ${(pixel >> 16) & 255})`;
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
      }
      const colours = [...document.querySelectorAll(".length-part")].map(
        (bar) => getComputedStyle(bar).backgroundColor,
      );
      return colours.filter((colour) => (counts.get(colour) ?? 0) < 1000);
    },
    `data:image/png;base64,${png.toString("base64")}`,
  );
}

/** How far two pictures are from each other: the mean difference of their colours, of 255. */
const apart = (page: Page, svg: Buffer, png: Buffer) =>
  page.evaluate(
    async (urls) => {
      const images = urls.map((url) => Object.assign(new Image(), { src: url }));
      await Promise.all(images.map((image) => image.decode()));
      const [vector, pixels] = images;
      const size = [vector.naturalWidth * 2 - pixels.naturalWidth, vector.naturalHeight * 2 - pixels.naturalHeight];
      const [a, b] = images.map((image) => {
        const context = new OffscreenCanvas(pixels.naturalWidth, pixels.naturalHeight).getContext("2d")!;
        context.drawImage(image, 0, 0, pixels.naturalWidth, pixels.naturalHeight);
        return context.getImageData(0, 0, pixels.naturalWidth, pixels.naturalHeight).data;
      });
      return { size, mean: a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0) / a.length };
    },
    [`data:image/svg+xml;base64,${svg.toString("base64")}`, `data:image/png;base64,${png.toString("base64")}`],
  );

/** What an SVG says, and what of the page's figures it does not. */
const missingFrom = (page: Page, svg: string) =>
  page.evaluate((svg) => {
    // The page's policy lets no text become a document but what is fetched.
    const file = new XMLHttpRequest();
    file.open("GET", `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`, false);
    file.send();
    const drawn = file.responseXML!.documentElement;
    // A word may be written in parts.
    const written = [...drawn.querySelectorAll("text")].map((text) => text.textContent ?? "").join("");
    const figures = [...document.querySelectorAll(".outcome figure")];
    // What only a screen reader says is no part of a picture.
    const seen = (part: Element) => {
      const nodes = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
      let text = "";
      while (nodes.nextNode())
        if (!nodes.currentNode.parentElement!.closest(".unseen")) text += ` ${nodes.currentNode.nodeValue}`;
      return text;
    };
    const said = figures.flatMap((figure) =>
      [...figure.querySelectorAll("figcaption, p, li, td, th")]
        .filter((part) => !part.closest(".heat-tip"))
        .flatMap((part) => seen(part).split(/\s+/)),
    );
    const heats = figures
      .flatMap((figure) => [...figure.querySelectorAll("canvas")])
      .filter((one) => !one.closest(".chart"));
    const strokes = figures.flatMap((figure) =>
      [...figure.querySelectorAll(".stroke-measured")].map((key) => getComputedStyle(key).borderTopColor),
    );
    const lines = new Set([...drawn.querySelectorAll("path")].map((path) => path.getAttribute("stroke")));
    return {
      kind: drawn.nodeName,
      words: [...new Set(said)].filter((word) => word && !written.includes(word) && !/^[●■▲◆]$/.test(word)),
      pictures: heats.length - drawn.querySelectorAll("image").length,
      curves: strokes.filter((stroke) => !lines.has(stroke)),
    };
  }, svg);

/** Moves over the first curve until its numbers are told. */
async function hover(page: Page) {
  const over = page.locator(".chart .u-over").first();
  await over.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await over.boundingBox())!;
  const tip = page.locator(".chart-tip");
  for (let i = 0; i <= 60 && !(await tip.isVisible()); i++)
    await page.mouse.move(x + width * (0.05 + 0.1 * (i % 10)), y + height * (0.05 + 0.15 * Math.floor(i / 10)));
  await expect(tip).toContainText(/DDIM|Curved, corrected/);
  await expect(tip).toContainText(/\d ± \d/);
}

for (const { value, label } of studies)
  test(`“${label}” runs, and its files hold what it shows`, async ({ page }) => {
    test.slow();
    await open(page, { study: value, ...SMALL[value] });
    await expect(page.getByRole("heading", { name: label, level: 3 })).toBeVisible();
    await page.getByRole("button", { name: "Run", exact: true }).click();
    const outcome = page.locator(".outcome[data-status=done]");
    await expect(outcome).toBeVisible({ timeout: 400_000 });
    const refused = (await studyMessages(page)).filter(({ type }) => type === "refusal");
    expect(refused).toEqual([]);
    // Each view has drawn something.
    for (const view of await outcome.locator("figure").all()) {
      const marks = await view.evaluate((figure) => figure.querySelectorAll("canvas, td, .length-part").length);
      expect(marks, await view.locator("figcaption").innerText()).toBeGreaterThan(0);
    }
    // Every chart says what is up, and every study what it found.
    for (const axis of await outcome.locator(".view-lines, .view-dots").locator(".chart-y").all())
      expect((await axis.innerText()).length).toBeGreaterThan(3);
    await expect(outcome.locator(".view-lines .chart-y, .view-dots .chart-y")).toHaveCount(
      await outcome.locator(".view-lines, .view-dots").count(),
    );
    await expect(outcome.locator(".findings li")).not.toHaveCount(0);
    if (value === "quality") await hover(page);
    const csv = (await download(page, "CSV")).bytes.toString();
    expect(csv).not.toMatch(/NaN|undefined|Infinity/);
    expect(csv.split("\n").length).toBeGreaterThan(4);
    const png = await download(page, "PNG");
    expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
    expect(png.bytes.length).toBeGreaterThan(10_000);
    if (value === "langevin")
      expect(await barsMissing(page, png.bytes), "bars that are not in the picture").toEqual([]);

    const svg = await download(page, "SVG");
    expect(svg.file).toBe(`fewsteps-${value}.svg`);
    expect(svg.bytes.toString()).toContain(`>${label}</text>`);
    expect(/.{40}(NaN|undefined).{40}/.exec(svg.bytes.toString())?.[0]).toBeUndefined();
    expect(await missingFrom(page, svg.bytes.toString())).toEqual({ kind: "svg", words: [], pictures: 0, curves: [] });
    const { size, mean } = await apart(page, svg.bytes, png.bytes);
    expect(
      size.every((difference) => Math.abs(difference) <= 2),
      String(size),
    ).toBe(true);
    expect(mean, "the SVG shows what the PNG does").toBeLessThan(4);

    // The file opens again: the same settings and the same numbers, without computing.
    const { bytes, file } = await download(page, "JSON");
    expect(file).toBe(`fewsteps-${value}.json`);
    await outcome.locator(".tables summary").click();
    const numbers = await outcome.locator(".tables").innerText();
    await page.goto("about:blank");
    await page.goto("./");
    await page.locator("#laboratory").scrollIntoViewIfNeeded();
    await page.locator(".study-file input").setInputFiles({ name: file, mimeType: "application/json", buffer: bytes });
    await expect(page.locator(".outcome[data-status=imported]")).toBeVisible();
    await page.locator(".tables summary").click();
    expect(await page.locator(".tables").innerText()).toBe(numbers);
    expect(await studyMessages(page)).toEqual([]);
    // And is a study like any other: it runs again to the same numbers.
    const first = JSON.parse(bytes.toString());
    if (first.data === undefined) {
      await page.getByRole("button", { name: "Run again" }).click();
      await expect(page.locator(".outcome[data-status=done]")).toBeVisible({ timeout: 400_000 });
      const second = JSON.parse((await download(page, "JSON")).bytes.toString());
      expect(second.outcome.rows).toEqual(first.outcome.rows);
    }
  });

test("a study's colours are the lanes' in every view, and its axes have names that are seen whole", async ({
  page,
}) => {
  await open(page, { study: "langevin", count: 300, evaluations: 40 });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator(".outcome[data-status=done]")).toBeVisible({ timeout: 60_000 });
  const tokens = await page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement("i"));
    const of = (name: string) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    return [of("--simple-ink"), of("--curve-7")];
  });
  const bar = (name: string) =>
    page
      .locator(".length", { has: page.getByText(name, { exact: true }) })
      .locator(".length-part")
      .evaluate((part) => getComputedStyle(part).backgroundColor);
  expect([await bar("DDIM"), await bar("The truth")]).toEqual(tokens);
  const key = page.locator(".chart-key li", { hasText: "DDIM" }).locator(".stroke");
  await expect(key).toHaveCSS("border-top-color", tokens[0]);
  for (const axis of await page.locator(".view p", { hasText: "↑" }).all())
    expect(await axis.evaluate((p) => p.scrollWidth <= p.clientWidth)).toBe(true);
  await expect(page.locator(".view-heat p", { hasText: "↑" })).toContainText(/Position between the modes/);
});

test("in the other theme a chart takes the place of the one before, and follows the width", async ({ page }) => {
  await open(page, { study: "langevin", count: 300, evaluations: 40 });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator(".outcome[data-status=done]")).toBeVisible({ timeout: 60_000 });
  const plots = page.locator(".chart .uplot");
  await expect(plots).toHaveCount(1);
  const ink = await page
    .locator(".chart-key .stroke")
    .first()
    .evaluate((key) => getComputedStyle(key).color);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect(page.locator(".chart-key .stroke").first()).not.toHaveCSS("color", ink);
  await expect(plots).toHaveCount(1);
  await page.setViewportSize({ width: 360, height: 800 });
  await expect.poll(() => plots.evaluate((plot) => plot.clientWidth)).toBeLessThan(360);
  await expect(plots).toHaveCount(1);
});

test("a finished study is there after a reload, until it is run again", async ({ page }) => {
  await open(page, { study: "langevin", count: 300, evaluations: 40 });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator(".outcome[data-status=done]")).toBeVisible({ timeout: 60_000 });
  await page.locator(".tables summary").click();
  const numbers = await page.locator(".tables").innerText();
  await page.goto("about:blank");
  await page.goto("./");
  await page.locator("#laboratory").scrollIntoViewIfNeeded();
  // The open study is still the first, and the page is at none.
  await page.getByRole("button", { name: /Langevin.*has results/ }).click();
  await expect(page.locator(".outcome[data-status=kept]")).toBeVisible();
  await expect(page.getByText("From an earlier visit; nothing was computed now.")).toBeVisible();
  await expect(page.getByText("These results are from before the settings changed.")).toHaveCount(0);
  await page.locator(".tables summary").click();
  expect(await page.locator(".tables").innerText()).toBe(numbers);
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page.locator(".outcome[data-status=done]")).toBeVisible({ timeout: 60_000 });
});

test("a study looks into the network that lives on the GPU @webgpu", async ({ page }) => {
  await page.goto("./?device=webgpu#points=200&study=loss;count=200");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator(".outcome[data-status=done]")).toBeVisible({ timeout: 400_000 });
  await expect(page.locator(".badge summary")).toContainText("WebGPU");
  await expect(page.locator(".findings")).toContainText("floor");
});

test("a study stops at once and leaves no work behind", async ({ page }) => {
  await open(page, { study: "quality", most: 512 });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator(".outcome")).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.locator(".runner-text")).toContainText("Stopped at");
  const ended = (await studyMessages(page)).at(-1);
  expect(ended).toMatchObject({ type: "answer", value: { how: "cancelled" } });
  // Nothing more comes, and the next study has the worker for itself.
  await page.locator(".studies").getByText("Settings", { exact: true }).click();
  await page.getByRole("spinbutton", { name: "Most evaluations" }).fill("4");
  await page.getByRole("spinbutton", { name: "Most evaluations" }).press("Enter");
  await expect(page.locator(".outcome")).toContainText("from before the settings changed");
  await page.getByRole("button", { name: "Run again" }).click();
  await expect(page.locator(".outcome[data-status=done]")).toBeVisible({ timeout: 60_000 });
  const after = (await studyMessages(page)).filter(({ id }) => id === ended?.id);
  expect(after.at(-1)).toMatchObject({ type: "answer", value: { how: "cancelled" } });
  expect(page.url()).toMatch(/#study=quality;most=4$/);
});

test("what can’t be run or opened gets a sentence, and everything stays", async ({ page }) => {
  await open(page, { study: "quality", target: "line", error: "strong", samplers: ["ddpm"] });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator(".runner-text")).toContainText("draws noise on the way");
  const file = page.locator(".study-file input");
  const choose = (text: string) =>
    file.setInputFiles({ name: "study.json", mimeType: "application/json", buffer: Buffer.from(text) });
  for (const [text, sentence] of [
    ["{", "It is no JSON"],
    ['{"study": "warp"}', "there is no study called “warp”"],
    ['{"study": "quality", "warp": 9}', "has no “warp”"],
    ['{"study": "quality", "outcome": {"rows": 1}}', "Its outcome is damaged"],
  ]) {
    await choose(text);
    await expect(page.locator(".study-file [role=alert]")).toContainText(sentence);
  }
  await expect(page.getByRole("heading", { name: "Quality against steps", level: 3 })).toBeVisible();
  await page.goto("about:blank");
  await page.goto("./#study=nonsense&steps=7");
  await page.locator("#laboratory").scrollIntoViewIfNeeded();
  await expect(page.getByText("no study is called “nonsense”. The rest applies.")).toBeVisible();
});

test("a study’s link reads as lanes and grids do, and says what it ignored", async ({ page }) => {
  const study = "quality;samplers=ddim,unipc;grid=log_linear:sigma_max=20;most=4;points=512";
  await page.goto(`./#study=${study}`);
  await page.locator(".studies").getByText("Settings", { exact: true }).click();
  await expect(page.getByRole("spinbutton", { name: "Most evaluations" })).toHaveValue("4");
  await page.getByRole("spinbutton", { name: "Most evaluations" }).fill("8");
  await page.getByRole("spinbutton", { name: "Most evaluations" }).press("Enter");
  // In the table's order.
  await expect(page).toHaveURL(/#study=quality;samplers=ddim,unipc;grid=log_linear:sigma_max=20;most=8;points=512$/);
  await page.goto("about:blank");
  await page.goto("./#study=langevin;distance=4;start=above;inner=many;weights=2");
  await expect(
    page.getByText(/start of Langevin.* is one of .*; inner of .* is a whole number.*; .* has no “weights”/),
  ).toBeVisible();
  await expect(page).toHaveURL(/#study=langevin;distance=4/);
});
