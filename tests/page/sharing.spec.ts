/** What others show of the page where it is linked, and how they cite it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Build, Entry, Site } from "../../www/build/site";
import { expect, test } from "./site";

test("a site that knows its address previews with a whole one, and its picture is there", async ({ page }) => {
  const { writeHtml } = await import("../../www/build/html.mjs");
  const staging = mkdtempSync(join(tmpdir(), "site-"));
  const entry: Entry = { script: "page.js", imports: [], styles: [] };
  const before = process.env.FEWSTEPS_URL;
  process.env.FEWSTEPS_URL = "https://example.org/few";
  const site: Site = { root: ".", staging, target: staging, release: true };
  await writeHtml(site, "index.html", "index.html", entry, {} as Build);
  if (before === undefined) delete process.env.FEWSTEPS_URL;
  else process.env.FEWSTEPS_URL = before;
  const html = readFileSync(join(staging, "index.html"), "utf8");
  rmSync(staging, { recursive: true });
  const told = Object.fromEntries(
    [...html.matchAll(/<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)"/g)].map(
      ([, ...pair]) => pair,
    ),
  );
  expect(told).toMatchObject({
    "og:title": expect.stringContaining("Fewsteps"),
    "og:description": expect.stringMatching(/.{40}/),
    "og:url": "https://example.org/few/",
    "og:image": "https://example.org/few/social.jpg",
    "twitter:card": "summary_large_image",
  });
  await page.goto("./");
  const size = await page.evaluate(async () => {
    const { width, height } = await createImageBitmap(await (await fetch("social.jpg")).blob());
    return `${width} ${height}`;
  });
  expect(size).toBe(`${told["og:image:width"]} ${told["og:image:height"]}`);
});

test("the page says how to cite it, with its version and its address", async ({ page, site }) => {
  await page.goto("./");
  await page.getByText("Cite it", { exact: true }).click();
  const entry = await page.getByRole("region", { name: "BibTeX" }).textContent();
  const [, version] = /^version: (.*)$/m.exec(readFileSync("CITATION.cff", "utf8")) ?? [];
  expect(entry).toContain(version);
  expect(entry).toContain(`url = {${site}}`);
});
