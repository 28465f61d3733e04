/** Choosing what a lane runs: by mouse, by keyboard, beside others. */

import { sampled } from "./engine";
import { expect, test } from "./site";

const START = "./#points=300&steps=5";

test("a lane's sampler and parameters are chosen with the mouse", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  await page.getByRole("button", { name: /^Straight lane: DDIM/ }).click();
  const panel = page.getByRole("dialog");
  await expect(panel).toHaveAccessibleName(/Straight lane/);
  await expect(panel.getByRole("link", { name: "arXiv 2010.02502" })).toHaveAttribute(
    "href",
    "https://arxiv.org/abs/2010.02502",
  );
  await sampled(page, () => panel.getByRole("radio", { name: "UniPC" }).click());
  await expect(panel.getByRole("heading", { name: "UniPC", exact: true })).toBeVisible();
  // A lane is called after what it runs.
  await expect(panel).toHaveAccessibleName(/UniPC lane/);
  await sampled(page, () =>
    panel
      .getByLabel("Order", { exact: true })
      .fill("3")
      .then(() => page.keyboard.press("Enter")),
  );
  await sampled(page, () => panel.getByLabel("Noise levels").selectOption("edm"));
  await sampled(page, () =>
    panel
      .getByLabel("Exponent", { exact: true })
      .fill("5")
      .then(() => page.keyboard.press("Enter")),
  );
  await expect(page).toHaveURL(/lanes=unipc;order=3:network@edm;rho=5,flow_map:network@/);

  await panel.getByLabel("Order", { exact: true }).fill("4");
  await page.keyboard.press("Enter");
  await expect(panel.getByRole("alert").filter({ hasText: "from 1 to 3" })).toBeVisible();
  await expect(page).toHaveURL(/unipc;order=3:/);
  await sampled(page, () => panel.getByRole("button", { name: "Order: back to 2" }).click());
  await expect(page).toHaveURL(/lanes=unipc:network@edm/);
  await panel.getByRole("button", { name: "Close" }).click();
  await expect(panel).toBeHidden();
});

test("and with the keyboard alone", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  const opener = page.getByRole("button", { name: / lane: .*, choose a sampler/ }).first();
  await opener.focus();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("dialog");
  await expect(panel.getByRole("radio", { name: "DDIM", exact: true })).toBeFocused();
  await sampled(page, () => page.keyboard.press("ArrowDown"));
  await expect(panel.getByRole("radio", { name: "EDM Euler" })).toBeChecked();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.type("heun 2206");
  await expect(panel.getByRole("radio")).toHaveCount(2);
  await sampled(page, () => page.keyboard.press("Enter"));
  const lane = page.getByRole("region", { name: "EDM Heun lane" });
  await expect(lane).toContainText(/\d of 5 evaluations in \d steps/);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await expect(panel).toBeHidden();
  await expect(opener).toBeFocused();
});

test("a lane that takes more than it is allowed says so", async ({ page }) => {
  const { evaluations } = await sampled(page, () => page.goto(`${START}&lanes=ode_adaptive:mixture,edm_heun:mixture`));
  expect(evaluations[0]).toBeGreaterThan(5);
  const time = page.getByLabel("Time from noise to data");
  await time.press("End");
  const lanes = page.getByRole("region", { name: / lane$/ });
  await expect(lanes.first()).toContainText(`${evaluations[0]} evaluations, 5 allowed`);
  await expect(lanes.last()).toContainText(`${evaluations[1]} of 5 evaluations in 2 steps`);
  await expect(time).toHaveAttribute("aria-valuetext", "100 % of the way");
});

test("lanes come and go, and travel in the link", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  const add = page.getByRole("button", { name: "Add a sampler" });
  await sampled(page, () => add.click());
  const four = await sampled(page, () => add.click());
  expect(four.evaluations).toHaveLength(4);
  await expect(add).toBeHidden();
  await expect(page.locator(".lanes canvas")).toHaveCount(4);
  await expect(page).toHaveURL(/lanes=ddim:network,flow_map:network@[^,]+,[^,]+,[^,&]+/);
  const three = await sampled(page, () =>
    page.getByRole("dialog").getByRole("button", { name: "Remove this sampler" }).click(),
  );
  expect(three.evaluations).toHaveLength(3);
  await expect(page.locator(".verdict-text")).toHaveText(/^With 5 evaluations each, .* ends? .*\.$/);
});

test("what the engine refuses gets its sentence, and the picture stays until it is mended", async ({ page }) => {
  await sampled(page, () => page.goto(START));
  await page.getByRole("button", { name: /^Straight lane: DDIM/ }).click();
  const levels = page.getByRole("dialog").getByLabel("Noise levels");
  await levels.selectOption({ label: "Li et al., theoretical" });
  const notices = page.getByRole("region", { name: "Notices" });
  await expect(notices).toContainText(/needs more steps than 5/);
  await expect(page.getByRole("region", { name: "Straight lane" }).getByRole("status").first()).toHaveText(/^\d/);
  await sampled(page, () => levels.selectOption({ label: "Cosine" }));
  await expect(notices).not.toContainText("needs more steps");
});

test("no two lanes are called the same", async ({ page }) => {
  await page.goto("./#points=300&steps=3&lanes=ddim:network,ddim:mixture,ddim;eta=0.5:network,unipc:network");
  const lanes = page.getByRole("region", { name: / lane( \d)?$/ });
  await expect(lanes).toHaveCount(4);
  const names = await lanes.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
  expect(names.every(Boolean)).toBe(true);
  expect(new Set(names).size, String(names)).toBe(4);
});
