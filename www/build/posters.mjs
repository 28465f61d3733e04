// @ts-check
/**
 * Makes the pictures that stand in for figures until these run, in www/embed/posters: one for each data set, of the page's default
 * lanes on its shipped weights, sampled by a built site in Chromium. They change when the weights do:
 *
 *   FEWSTEPS_SITE=dist CHROMIUM=/usr/bin/chromium node www/build/posters.mjs
 */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { chromium } from "@playwright/test";
import { launchOptions } from "../../tests/page/chromium.mjs";
import { serve } from "../../tests/page/server.mjs";

const OUT = "www/embed/posters";
/** They must weigh less than this, in bytes, on hosts that do not compress. */
const MOST = 40_000;

const site = process.env.FEWSTEPS_SITE;
if (!site) throw new Error("FEWSTEPS_SITE names no built site: run `cargo xtask build` and name dist.");
const sets = readdirSync("www/weights").map((name) => name.replace(".safetensors", ""));
const server = await serve({ "/": site });
const browser = await chromium.launch(launchOptions("cpu"));
mkdirSync(OUT, { recursive: true });
for (const data of sets.sort()) {
  const page = await browser.newPage({ viewport: { width: 700, height: 600 } });
  await page.goto(`${server.origin}/digits-attribution.txt`);
  const svg = await page.evaluate(
    ([data]) =>
      new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = "/embed.js";
        document.head.append(script);
        script.onload = () => {
          const figure = /** @type {import("../embed/element.js").FewSteps} */ (document.createElement("few-steps"));
          for (const [name, value] of Object.entries({ data, start: "now", poster: "none" }))
            figure.setAttribute(name, value);
          figure.addEventListener("ready", () => figure.poster().then(resolve, reject));
          figure.addEventListener("error", (event) => reject(JSON.stringify(/** @type {any} */ (event).detail)));
          document.body.append(figure);
        };
      }),
    [data],
  );
  await page.close();
  const bytes = Buffer.byteLength(String(svg));
  console.log(`${data.padEnd(20)} ${bytes} bytes, ${gzipSync(String(svg)).length} as gzip`);
  if (bytes > MOST) throw new Error(`the picture of ${data} is too large`);
  writeFileSync(`${OUT}/${data}.svg`, String(svg));
}
await browser.close();
await server.close();
