import { chromium } from "@playwright/test";
import { serve } from "./server.mjs";
const [,, out, width, scheme, hash, ...acts] = process.argv;
const { origin, close } = await serve({ "/": process.env.FEWSTEPS_SITE + "/" });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: Number(width), height: Number(process.env.H ?? 900) }, colorScheme: scheme });
page.on("console", (m) => { if (m.type() !== "info") console.log("console:", m.type(), m.text()); });
page.on("pageerror", (e) => console.log("pageerror", e.message));
await page.goto(origin + "/" + (hash === "-" ? "" : "#" + hash));
await page.waitForTimeout(2500);
for (const act of acts) {
  const [kind, ...rest] = act.split(":"); const name = rest.join(":");
  if (kind === "radio") await page.getByRole("radio", { name, exact: true }).check({ force: true });
  if (kind === "button") await page.getByRole("button", { name }).first().click();
  if (kind === "wait") await page.waitForTimeout(Number(name));
  if (kind === "text") console.log(await page.locator(name).first().innerText());
  if (kind === "shot") await page.screenshot({ path: name, fullPage: true });
  if (kind === "scroll") await page.evaluate((y) => scrollTo(0, y), Number(name));
}
await page.screenshot({ path: out, fullPage: process.env.FULL === "1" });
await browser.close(); await close();
