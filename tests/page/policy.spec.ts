/** What the page's policy forbids, and that nothing of the page needs it: markup and scripts from strings, and anything from elsewhere. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "@playwright/test";
import { sampled } from "./engine";
import { expect, test } from "./site";

const WWW = new URL("../../www/", import.meta.url).pathname;
/** What makes markup or code of a string, or takes a script by its address without asking the policy. */
const SINKS =
  /\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|setHTMLUnsafe|parseFromString|createContextualFragment|srcdoc|importScripts)\b|document\.write|\beval\(|new Function\b|new (Shared)?Worker\((?!scriptUrl\()|\.register\((?!scriptUrl\()/;

test("no source makes markup or code of a string", () => {
  const sources = readdirSync(WWW, { recursive: true }).map(String);
  const scripts = sources.filter((name) => /\.jsx?$/.test(name) && !/^(build|generated)\//.test(name));
  expect(scripts.length).toBeGreaterThan(100);
  expect(scripts.filter((name) => SINKS.test(readFileSync(join(WWW, name), "utf8")))).toEqual([]);
});

/** Notes what the page asks of any network, and what its policy refuses. */
async function watched(page: Page) {
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.addInitScript(() => {
    const refused: string[] = [];
    Object.assign(window, { refused });
    addEventListener("securitypolicyviolation", (event) => {
      refused.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });
  return {
    elsewhere: (origin: string) => asked.filter((url) => !/^(blob|data|file):/.test(url) && !url.startsWith(origin)),
    refused: () => page.evaluate(() => (window as unknown as { refused: string[] }).refused),
  };
}

test("all that the page does asks nothing of others, and its policy has nothing to refuse", async ({ page, site }) => {
  const { elsewhere, refused } = await watched(page);
  await sampled(page, () => page.goto("./#points=300&steps=4&width=16&batch=16&objective=simple&budget=100"));
  await page
    .getByRole("button", { name: /^Train from scratch/ })
    .first()
    .click();
  await expect(page.getByText("Trained here: step 100 of")).toBeVisible({ timeout: 60_000 });
  await sampled(page, () => page.getByRole("radio", { name: "Handwritten digits" }).check({ force: true }));
  await sampled(page, () =>
    page.evaluate(() => {
      location.hash = "points=300&steps=4";
    }),
  );
  // Formulas, which were markup once.
  await page
    .getByRole("button", { name: /sampler/i })
    .first()
    .click();
  await expect(page.locator("math").first()).toBeVisible();
  expect(await page.locator("math msub > mi").count()).toBeGreaterThan(3);
  await page.keyboard.press("Escape");
  await page.getByText("Save or open files").click();
  await page.getByText("Kept runs").click();
  await page.locator("#laboratory").scrollIntoViewIfNeeded();
  const study = page.locator(".study");
  await study.getByRole("button", { name: "Run", exact: true }).click();
  await expect(study.getByRole("progressbar")).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "Embed" }).click();
  const dialog = page.getByRole("dialog", { name: "Embed a figure" });
  await dialog.getByRole("radio", { name: "At once" }).check();
  await expect(dialog.locator("few-steps iframe").contentFrame().locator(".lane-distance output").first()).toHaveText(
    /\d/,
    { timeout: 60_000 },
  );
  await dialog.getByRole("button", { name: "Close" }).click();
  expect(await refused()).toEqual([]);
  await page.goto("about:blank");
  await page.goto("./#lessons");
  await expect(page.getByRole("heading").first()).toBeVisible();
  expect(elsewhere(site.replace(/\/some.*/, "")), "requests to others").toEqual([]);
  expect(await refused()).toEqual([]);
});

for (const [what, address] of [
  ["the page", "index.html"],
  ["a figure", "figure.html#points=300&steps=4"],
  ["the single file", "fewsteps.html"],
] as const)
  test(`${what} takes no markup and no script from a string, and nothing from elsewhere`, async ({
    page,
    console: lines,
  }) => {
    lines.expect(/favicon|TrustedHTML|TrustedScript|Content Security Policy|violates|Refused|Trusted Types/i);
    const file = pathToFileURL(join(process.env.FEWSTEPS_SITE ?? "", "fewsteps.html")).href;
    await page.goto(address === "fewsteps.html" ? file : `./${address}`);
    await expect(page.locator("#page > *").first()).toBeVisible();
    const outcomes = await page.evaluate(async () => {
      const tried = async (attempt: () => unknown) => {
        try {
          return (await attempt()) === "refused" ? "refused" : "done";
        } catch {
          return "refused";
        }
      };
      const loaded = (element: HTMLScriptElement | HTMLImageElement | HTMLIFrameElement) =>
        new Promise((resolve) => {
          element.onload = () => resolve("loaded");
          element.onerror = () => resolve("refused");
          document.body.append(element);
        });
      const script = document.createElement("script");
      const inline = document.createElement("script");
      const styled = document.createElement("p");
      return {
        markup: await tried(() => {
          document.createElement("p").innerHTML = "<b>text</b>";
        }),
        text: await tried(() => {
          inline.text = "window.ran = true";
          document.body.append(inline);
          if (!("ran" in window)) throw new Error("It did not run.");
        }),
        evaluated: await tried(() => window.setTimeout("window.ran = true")),
        worker: await tried(() => new Worker("https://example.org/worker.js")),
        policy: await tried(() => (window as any).trustedTypes.createPolicy("another", {})),
        script: await tried(() => {
          (script as any).src = "https://example.org/script.js";
          return loaded(script);
        }),
        fetched: await tried(() => fetch("https://example.org/")),
        image: await tried(() => loaded(Object.assign(new Image(), { src: "https://example.org/image.png" }))),
        style: await tried(() => {
          styled.setAttribute("style", "color: red");
          if (!styled.style.color) throw new Error("It was refused.");
        }),
      };
    });
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome !== "refused")).toEqual([]);
    expect(await page.evaluate(() => "ran" in window)).toBe(false);
  });

test("licences of all that is shipped stand in the site, and the page links them", async ({ page, site }) => {
  await page.goto("./");
  const link = page.getByRole("link", { name: "Licences of what it is built with" });
  const text = await (await page.request.get(new URL((await link.getAttribute("href")) ?? "", site).href)).text();
  for (const part of [/^ {2}burn \d\S+ +MIT OR Apache-2.0, https:/m, /^ {2}preact \d\S+ +MIT, /m, /^ {2}wgpu /m])
    expect(text).toMatch(part);
  expect(text).toMatch(/Permission is hereby granted, free of charge/);
  // What only builds the site is not shipped.
  for (const part of [/^ {2}(esbuild|typescript|syn|quote|fast-check|clap) /m]) expect(text).not.toMatch(part);
});

test("browsers without light-dark() have the light colours", async ({ page }) => {
  const sheets: string[] = [];
  page.on("response", async (response) => {
    if (/\.css$/.test(response.url())) sheets.push(await response.text());
  });
  await page.goto("./");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  const css = sheets.join("");
  const own = new Set([...css.matchAll(/(--[\w-]+):\s*light-dark\(/g)].map(([, name]) => name));
  const [, fallback = ""] = /@supports not \(color: ?light-dark\([^{]*\{\s*:root\s*\{([^}]*)\}/.exec(css) ?? [];
  expect(own.size).toBeGreaterThan(10);
  for (const name of own) expect(fallback, name).toMatch(new RegExp(`${name}: ?#`));
});
