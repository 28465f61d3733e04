/** What every page test starts from: the built site in a sub-folder of a plain host, and a watched console. */
import { test as base, expect } from "@playwright/test";
import { listenIn } from "./engine";
import { serve } from "./server.mjs";

/** Deep enough that a URL from the host's root would miss. */
const FOLDER = "/some/folder/";

/** What Chromium itself says about a software adapter; everything else on the console fails the test. */
const EXPECTED = [
  /software WebGPU fallback/i,
  /The powerPreference option is currently ignored/i,
  /WebGPU.*(experimental|fallback adapter)/i,
  // Where there is no adapter, which is what the CPU tests are about.
  /No available adapters/i,
  // Software GL in headless mode, about canvases.
  /GPU stall due to ReadPixels/i,
];

export interface Console {
  /** Errors and warnings so far. */
  lines: string[];
  /** Lets a test that breaks things on purpose say what that will cause. */
  expect: (pattern: RegExp) => void;
}

export const test = base.extend<{ console: Console }, { site: string }>({
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures are needed.
    async ({}, use) => {
      const folder = process.env.FEWSTEPS_SITE;
      if (!folder) throw new Error("FEWSTEPS_SITE names no site: run `cargo xtask test page`.");
      const server = await serve({ [FOLDER]: folder });
      await use(server.origin + FOLDER);
      await server.close();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ site }, use) => use(site),
  console: [
    async ({ page }, use) => {
      await listenIn(page);
      const expected = [...EXPECTED];
      const lines: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") {
          lines.push(`${message.type()}: ${message.text()} (${message.location().url})`);
        }
      });
      page.on("pageerror", (error) => lines.push(`uncaught: ${error.stack ?? error.message}`));
      await use({ lines, expect: (pattern) => expected.push(pattern) });
      const unexpected = lines.filter((line) => !expected.some((pattern) => pattern.test(line)));
      expect(unexpected, "errors and warnings on the console").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
