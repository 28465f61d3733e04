/** The address bar holds the run. */
import { expect, test } from "./site";
import { sampled } from "./engine";

test("settings go into the address, and the address opens the same run", async ({ page, context }) => {
  await sampled(page, () => page.goto("./#points=400"));
  await sampled(page, () => page.getByRole("radio", { name: "Spiral" }).check({ force: true }));
  const shown = await sampled(page, () => page.getByLabel("Steps, as a number").fill("9").then(() => page.keyboard.press("Enter")));
  await expect(page).toHaveURL(/#.*data=spiral.*/);
  await expect(page).toHaveURL(/steps=9/);

  const again = await context.newPage();
  const { listenIn } = await import("./engine");
  await listenIn(again);
  const same = await sampled(again, () => again.goto(page.url()));
  expect(same.distance).toEqual(shown.distance);
  await again.close();
});

test("a broken link says what it ignored and opens the rest", async ({ page }) => {
  await sampled(page, () => page.goto("./#data=two_moons&steps=many&colour=blue&lanes=ddim:network,nonsense:network&points=300"));
  const notices = page.getByRole("region", { name: "Notices" });
  await expect(notices).toContainText("steps=many");
  await expect(notices).toContainText("colour");
  await expect(notices).toContainText("nonsense");
  await expect(page.getByRole("radio", { name: /moons/i })).toBeChecked();
});
