// @ts-check
/**
 * Cargo's runner for the engine's own tests (see .cargo/config.toml): wasm-bindgen's runner serves them as a page, and the page
 * tests' browser opens it. Left to itself, that runner would need a WebDriver of exactly the browser's version.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { chromium } from "@playwright/test";
import { launchOptions } from "./chromium.mjs";

/** Pipelines take long on a software adapter, and so do steps on digits. */
const TIMEOUT = 20 * 60_000;

const runner = spawn("wasm-bindgen-test-runner", process.argv.slice(2), {
  stdio: ["ignore", "pipe", "inherit"],
  env: {
    ...process.env,
    // "Interactive": serve the tests to whoever opens them.
    NO_HEADLESS: "1",
    WASM_BINDGEN_TEST_ADDRESS: "127.0.0.1:0",
    // As on the hosts that the site is for, which send no isolation headers.
    WASM_BINDGEN_TEST_NO_ORIGIN_ISOLATION: "1",
  },
});
const ended = once(runner, "exit");
try {
  process.exitCode = (await ran()) ? 0 : 1;
} finally {
  runner.kill();
}

/** Whether the tests passed. */
async function ran() {
  for await (const line of createInterface(runner.stdout)) {
    const url = line.match(/available at (http:\S+)/)?.[1];
    if (url) return passed(url);
    console.log(line);
  }
  // It had nothing to serve: a list was asked for, or no test has such a name.
  return (await ended)[0] === 0;
}

/**
 * Opens the page of tests and prints what they say; all of the browser's console too when they fail.
 * @param {string} url
 */
async function passed(url) {
  const browser = await chromium.launch(launchOptions("webgpu"));
  const page = await browser.newPage();
  /** @type {string[]} */
  const messages = [];
  page.on("console", (message) => messages.push(message.text()));
  page.on("pageerror", (error) => messages.push(String(error)));
  await page.goto(url);
  const output = page.locator("#output");
  await output
    .filter({ hasText: "test result: " })
    .waitFor({ timeout: TIMEOUT })
    .catch(() => messages.push("Timed out."));
  const text = (await output.textContent()) ?? "";
  await browser.close();
  console.log(text);
  const good = text.includes("test result: ok");
  if (!good) console.error(messages.join("\n"));
  return good;
}
