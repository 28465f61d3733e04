/** Kept offline, the page does everything without a network, and a newer release never mixes with it; and hosts that answer wrongly. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { sampled } from "./engine";
import { serve } from "./server.mjs";
import { expect, test as siteTest } from "./site";

/** A copy of the site at an origin of its own, which a test may change. */
const test = siteTest.extend<{ copy: { folder: string; address: string } }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures are needed.
  copy: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), "site-"));
    cpSync(process.env.FEWSTEPS_SITE ?? "", folder, {
      recursive: true,
      filter: (name) => !/\.map$|fewsteps\.html$/.test(name),
    });
    const server = await serve({ "/some/folder/": folder });
    await use({ folder, address: `${server.origin}/some/folder/` });
    await server.close();
    rmSync(folder, { recursive: true });
  },
});

const part = (page: Page) => page.getByRole("region", { name: "Without a network" });

async function keep(page: Page) {
  await expect(part(page)).toContainText(/stores \d+\.\d MB/);
  await part(page).getByRole("button", { name: "Keep offline" }).click();
  await expect(part(page)).toContainText("Kept offline", { timeout: 60_000 });
}

const find = (folder: string, pattern: RegExp) => readdirSync(folder).find((name) => pattern.test(name)) ?? "";

test("kept offline, the page trains, samples digits and runs a study without a network", async ({ page, copy }) => {
  await page.goto(copy.address);
  await keep(page);
  await page.context().setOffline(true);
  const points = await sampled(page, () => page.goto(`${copy.address}#data=circles&points=300&steps=5`));
  expect(points.error.every(Number.isFinite)).toBe(true);
  const digits = await sampled(page, () =>
    page.evaluate(() => {
      location.hash = "data=digits&points=8&steps=2";
    }),
  );
  expect(digits.dimension).toBe(784);
  await page.locator("#laboratory").scrollIntoViewIfNeeded();
  await page.locator(".study").getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.locator(".outcome[data-status=done] canvas").first()).toBeVisible({ timeout: 120_000 });
});

test("what is kept offline is gone once it is removed, also for a page that still asks for it", async ({
  page,
  copy,
  console: lines,
}) => {
  lines.expect(/ERR_INTERNET_DISCONNECTED|ERR_FAILED/);
  await page.goto(copy.address);
  await keep(page);
  await page.reload();
  const text = () => page.evaluate(() => fetch("licences.txt").then((response) => response.text()));
  await page.context().setOffline(true);
  expect(await text()).toContain("MIT");
  await part(page).getByRole("button", { name: "Remove" }).click();
  const kept = () => page.evaluate(() => caches.keys());
  await expect.poll(kept).toEqual([]);
  await expect(text()).rejects.toThrow();
  expect(await kept()).toEqual([]);
  await page.context().setOffline(false);
  expect(await text()).toContain("MIT");
});

test("a newer release waits until the page asks for it, and the run is kept", async ({ page, copy }) => {
  await sampled(page, () => page.goto(`${copy.address}#objective=simple&width=64&batch=64&budget=2000&points=300`));
  await keep(page);
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  await expect(page.getByText(/Trained here: step [1-9]/)).toBeVisible({ timeout: 60_000 });

  // The host has a release whose document says something else.
  const worker = join(copy.folder, "service-worker.js");
  const index = join(copy.folder, "index.html");
  const before = readFileSync(index);
  const after = readFileSync(index, "utf8").replace("<title>Fewsteps", "<title>Newer Fewsteps");
  writeFileSync(index, after);
  const sum = async (content: Uint8Array | string) => {
    const { createHash } = await import("node:crypto");
    return createHash("sha256").update(content).digest("hex").slice(0, 16);
  };
  const script = readFileSync(worker, "utf8");
  writeFileSync(worker, script.replaceAll(await sum(before), await sum(after)).replace(/("?version"?: ?")/, "$1next "));
  await page.evaluate(async () => void (await (await navigator.serviceWorker.getRegistration())?.update()));
  const notices = page.getByRole("region", { name: "Notices" });
  await expect(notices).toContainText("A newer release of Fewsteps is here", { timeout: 60_000 });
  const other = await page.context().newPage();
  await other.goto(copy.address);
  await expect(other).toHaveTitle(/^Fewsteps/);
  await other.close();

  await notices.getByRole("button", { name: "Reload" }).click();
  await expect(page).toHaveTitle(/^Newer Fewsteps/, { timeout: 30_000 });
  await expect(notices).toContainText(/Your [\d,]+ steps .* are kept/);
});

test("a host that answers with its front page for a missing file stores nothing", async ({ page, copy }) => {
  const folder = copy.folder;
  unlinkSync(join(folder, find(folder, /^digits-.*\.bin$/)));
  const types: Record<string, string> = { html: "text/html", js: "text/javascript", css: "text/css" };
  const server = createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname).slice(1) || "index.html";
    let content: Uint8Array;
    try {
      content = readFileSync(join(folder, name));
    } catch {
      response.writeHead(200, { "content-type": "text/html" }).end(readFileSync(join(folder, "index.html")));
      return;
    }
    response.writeHead(200, { "content-type": types[name.split(".").pop() ?? ""] ?? "application/octet-stream" });
    response.end(content);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
  const { port } = server.address() as { port: number };
  await page.goto(`http://127.0.0.1:${port}/`);
  await part(page).getByRole("button", { name: "Keep offline" }).click();
  await expect(part(page).getByRole("alert")).toHaveText(/answered with a web page in place of digits-.*\.bin/, {
    timeout: 60_000,
  });
  expect(await page.evaluate(() => caches.keys())).toEqual([]);
  server.closeAllConnections();
  server.close();
});

for (const [what, answer, sentence] of [
  [
    "a web page",
    { contentType: "text/html", body: "<p>front page</p>" },
    /answered with a web page in place of page-.*\.js.*reload it/,
  ],
  [
    "a type that is none of scripts",
    { contentType: "text/plain", body: "1" },
    /sends page-.*\.js as “text\/plain”.*must be text\/javascript/,
  ],
  ["nothing", { status: 404, body: "" }, /has no page-.*\.js \(it answered 404\)/],
] as const)
  test(`where the host answers with ${what} for the script, the page says so`, async ({ page, console: lines }) => {
    lines.expect(/MIME type|404|Failed to load/);
    await page.route(/\/page-[^/]*\.js$/, (route) => route.fulfill(answer));
    await page.goto("./");
    await expect(page.getByRole("alert")).toHaveText(sentence);
  });

test("the page can be installed", async ({ page }) => {
  await page.goto("./");
  const session = await page.context().newCDPSession(page);
  const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
  // Headless windows are private ones, which never offer to install.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito")).toEqual([]);
  const { errors } = await session.send("Page.getAppManifest");
  expect(errors).toEqual([]);
});
