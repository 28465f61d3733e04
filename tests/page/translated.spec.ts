/** A page that the browser has translated goes on telling what is. */
import { sampled } from "./engine";
import { expect, test } from "./site";

test("live text survives a translation", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=300&steps=5&width=16&batch=16"));
  const train = page.getByRole("button", { name: /^Train from scratch/ }).first();
  // As browsers do it: every text node gives way to an element with another text.
  await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts: Text[] = [];
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    for (const text of texts.filter((one) => one.data.trim() && one.parentElement?.tagName !== "SCRIPT")) {
      const font = document.createElement("font");
      font.append(`[${text.data}]`);
      text.replaceWith(font);
    }
  });
  await train.click();
  const stop = page.getByRole("button", { name: "Stop training" }).first();
  await expect(stop).toHaveText("Stop");
  const shown = await sampled(page, () =>
    page
      .getByLabel("Steps, as a number")
      .fill("9")
      .then(() => page.keyboard.press("Enter")),
  );
  expect(shown.evaluations[0]).toBe(9);
  await expect(page.locator(".verdict-text")).toContainText("9 evaluations");
  await expect(page.locator(".verdict-text")).not.toContainText("[");
});
