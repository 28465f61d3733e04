// @ts-check
/** How long the laboratory's studies take with their default settings, and whether the page stays smooth meanwhile. */
import { readFileSync } from "node:fs";

/**
 * @typedef {object} Timed
 * @property {string} study
 * @property {number} first milliseconds from the press of Run to the first rows
 * @property {number} whole milliseconds to the end
 * @property {number} frames drawn meanwhile
 * @property {number} late frames that came more than half a frame late
 * @property {number} longest milliseconds between two frames
 * @property {number} blocked milliseconds that the page's own thread was busy for more than 50 at a time
 */

/** @type {{ value: string, label: string }[]} */
const studies = JSON.parse(readFileSync(new URL("../../www/generated/studies.json", import.meta.url), "utf8"));

/** @param {import("@playwright/test").Browser} browser @param {string} site @param {boolean} quick @returns {Promise<Timed[]>} */
export async function timeStudies(browser, site, quick) {
  const timed = [];
  for (const { value, label } of quick ? studies.slice(0, 1) : studies) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(0);
    const stage = value === "digits" ? "data=digits&" : "";
    await page.goto(`${site}#${stage}study=${value}`);
    await page.locator(".study h3").waitFor();
    // The stage plays its recording first; what is timed is the laboratory.
    await page.waitForTimeout(3000);
    const found = await page.evaluate(measure);
    timed.push({ study: label, ...found });
    console.log(
      `${label}: first rows after ${found.first.toFixed(0)} ms, done after ${(found.whole / 1000).toFixed(1)} s`,
    );
    await page.close();
  }
  return timed;
}

/** Runs in the page. @returns {Promise<Omit<Timed, "study">>} */
function measure() {
  return new Promise((resolve, reject) => {
    /** @type {HTMLButtonElement | null} */
    const button = document.querySelector(".runner button");
    if (!button) return reject(new Error("there is no Run button"));
    let [blocked, late, frames, longest, first] = [0, 0, 0, 0, NaN];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) blocked += duration;
    }).observe({ entryTypes: ["longtask"] });
    const start = performance.now();
    let last = start;
    button.click();
    const frame = (/** @type {number} */ now) => {
      const gap = now - last;
      last = now;
      frames += 1;
      longest = Math.max(longest, gap);
      if (gap > (1.5 * 1000) / 60) late += 1;
      if (Number.isNaN(first) && document.querySelector(".outcome[data-status=running], .outcome[data-status=done]"))
        first = performance.now() - start;
      const text = document.querySelector(".runner-text")?.textContent ?? "";
      if (text.startsWith("Done"))
        return resolve({ first, whole: performance.now() - start, frames, late, longest, blocked });
      if (text.startsWith("It could not")) return reject(new Error(text));
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}
