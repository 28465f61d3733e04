// @ts-check
import { defineConfig } from "@playwright/test";
import { launchOptions } from "./chromium.mjs";

/** The software adapter takes a second for a training step and 20 s to make its pipelines. */
const MINUTES = 60_000;

/** Tests that start a browser of their own. */
const FIREFOX = /firefox\.spec\.ts$/;

export default defineConfig({
  testDir: ".",
  // Two cores, and each page computes on one of its own.
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  reporter: process.env.CI ? "line" : "list",
  outputDir: "../../test-results",
  timeout: 4 * MINUTES,
  expect: { timeout: 15_000 },
  use: { trace: "retain-on-failure", screenshot: "only-on-failure", viewport: { width: 1280, height: 900 } },
  projects: [
    { name: "cpu", use: { launchOptions: launchOptions("cpu") }, grepInvert: /@webgpu/, testIgnore: FIREFOX },
    {
      name: "webgpu",
      use: { launchOptions: launchOptions("webgpu") },
      grep: /@webgpu|@both/,
      testIgnore: FIREFOX,
      timeout: 10 * MINUTES,
    },
    { name: "firefox", testMatch: FIREFOX },
  ],
});
