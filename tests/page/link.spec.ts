/** The address bar holds the run. */

import { heard, sampled } from "./engine";
import { expect, test } from "./site";

test("settings go into the address, and the address opens the same run", async ({ page, context }) => {
  await sampled(page, () => page.goto("./#points=400"));
  await sampled(page, () => page.getByRole("radio", { name: "Spiral" }).check({ force: true }));
  const shown = await sampled(page, () =>
    page
      .getByLabel("Steps, as a number")
      .fill("9")
      .then(() => page.keyboard.press("Enter")),
  );
  await expect(page).toHaveURL(/#.*data=spiral.*/);
  await expect(page).toHaveURL(/steps=9/);

  const again = await context.newPage();
  const { listenIn } = await import("./engine");
  await listenIn(again);
  const same = await sampled(again, () => again.goto(page.url()));
  expect(same.error).toEqual(shown.error);
  await again.close();
});

test("a broken link says what it ignored and opens the rest", async ({ page }) => {
  await sampled(page, () =>
    page.goto("./#data=two_moons&steps=many&colour=blue&lanes=ddim:network,nonsense:network&points=300"),
  );
  const notices = page.getByRole("region", { name: "Notices" });
  await expect(notices).toContainText("steps=many");
  await expect(notices).toContainText("colour");
  await expect(notices).toContainText("nonsense");
  await expect(page.getByRole("radio", { name: /moons/i })).toBeChecked();
});

test("of two edits of the address the later one wins, however long the earlier one is fetched", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=300&steps=4"));
  let go = () => {};
  const late = new Promise<void>((resolve) => {
    go = resolve;
  });
  const [asked] = await Promise.all([
    page.waitForEvent("request", (request) => /\/typed-[^/]*\.js$/.test(request.url())),
    page
      .route(/\/typed-[^/]*\.js$/, (route) => late.then(() => route.continue()))
      .then(() =>
        page.evaluate(() => {
          location.hash = "formula=curve;cos(t);sin(t);0;6;0.01&points=300&steps=5";
        }),
      ),
  ]);
  await sampled(page, () =>
    page.evaluate(() => {
      location.hash = "data=spiral&points=300&steps=6";
    }),
  );
  const steps = page.getByLabel("Steps, as a number");
  await expect(steps).toHaveValue("6");
  go();
  expect(await (await asked.response())?.finished()).toBeNull();
  // The parser is run, and what waits for it.
  await page.evaluate((url) => import(url).then(() => new Promise((resolve) => setTimeout(resolve))), asked.url());
  await expect(page.getByRole("radio", { name: "Spiral" })).toBeChecked();
  await expect(steps).toHaveValue("6");
});

test("a lane's parameters and grid travel in the link", async ({ page }) => {
  const lanes = "unipc;order=3;b=bh1:network@edm;rho=5,ddim;eta=0.5:mixture";
  await sampled(page, () => page.goto(`./#steps=7&points=300&grid=cosine;spacing=leading&lanes=${lanes}`));
  // Another setting makes the page write its own link.
  await sampled(page, () =>
    page
      .getByLabel("Steps, as a number")
      .fill("8")
      .then(() => page.keyboard.press("Enter")),
  );
  await expect(page).toHaveURL(
    (url) => url.hash.includes(`lanes=${lanes}`) && url.hash.includes("grid=cosine;spacing=leading"),
  );
  await expect(page.getByRole("region", { name: "Notices" })).not.toContainText("ignored");
});

test("a bad parameter gets its sentence, and the rest of its lane stays", async ({ page }) => {
  await sampled(page, () =>
    page.goto("./#points=300&lanes=unipc;order=9;b=bh1:network,ddim;warp=1:network@edm;rho=much"),
  );
  const notices = page.getByRole("region", { name: "Notices" });
  await expect(notices).toContainText("order of UniPC is a whole number from 1 to 3");
  await expect(notices).toContainText("DDIM has no “warp” (it has eta, first_step)");
  await expect(notices).toContainText("rho of EDM polynomial is a number from 1 to 100");
  await sampled(page, () =>
    page
      .getByLabel("Steps, as a number")
      .fill("8")
      .then(() => page.keyboard.press("Enter")),
  );
  await expect(page).toHaveURL(/lanes=unipc;b=bh1:network,ddim:network@edm/);
});

test("many parts that can't be read are counted, and a drawing of nothing gives way to the default", async ({
  page,
}) => {
  const unknown = Array.from({ length: 10_000 }, (_, i) => `a${i}=1`).join("&");
  await sampled(page, () => page.goto(`./#points=300&objective=simple&lanes=__proto__,constructor&${unknown}`));
  const notices = page.getByRole("region", { name: "Notices" });
  await expect(notices).toContainText("no sampler is called “__proto__”");
  await expect(notices).toContainText(/and 9,99\d more/);
  const text = (await notices.textContent()) ?? "";
  expect(text.length).toBeLessThan(3000);
  expect(text).not.toContain("[object");
  for (const [drawing, why] of [
    ["AAAA", "the drawing has 1 point, and 50 are needed"],
    ["AAAA".repeat(60), "all points of the drawing are in one place"],
  ]) {
    await page.goto("about:blank");
    await sampled(page, () => page.goto(`./#points=300&objective=simple&data=drawn&drawn=${drawing}`));
    await expect(notices).toContainText(why);
    await expect(page.getByRole("radio", { name: "Eight gaussians" })).toBeChecked();
    await page
      .getByRole("button", { name: /^Train from scratch/ })
      .first()
      .click();
    await expect.poll(async () => (await heard(page, "training")).length, { timeout: 60_000 }).toBeGreaterThan(0);
  }
});

test("guidance has one limit", async ({ page }) => {
  await page.goto("./#data=digits&guidance=6&steps=4");
  // It comes with the digits.
  await expect(page.getByRole("slider", { name: "Guidance" })).toHaveValue("6", { timeout: 60_000 });
});
