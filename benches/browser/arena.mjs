// @ts-check
/** The page in which contenders stand side by side, from Node's end. */

/** @typedef {import("./arena.js").Arena} Page */

/** @param {import("@playwright/test").Browser} browser @param {string} address of the bundled page */
export async function openArena(browser, address) {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  page.on("console", (message) => message.type() === "error" && console.error(`  console: ${message.text()}`));
  await page.goto(address);
  await page.waitForFunction(() => "arena" in globalThis);

  /**
   * @template {keyof Page} M
   * @param {M} method @param {Parameters<Page[M]>} words
   * @returns {Promise<Awaited<ReturnType<Page[M]>>>}
   */
  const call = (method, ...words) =>
    page.evaluate(({ method, words }) => /** @type {any} */ (globalThis).arena[method](...words), { method, words });
  return { call, close: () => page.close() };
}
