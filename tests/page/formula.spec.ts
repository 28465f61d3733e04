/** Formulas as data: what is understood, what is refused and where, and points that are what was typed. */
import { violations } from "./axe";
import { bundled } from "./bundled";
import { follow, listenIn, sampled } from "./engine";
import { expect, test } from "./site";

const { parseFormula } = await bundled<typeof import("../../www/store/data/formula.js")>("www/store/data/formula.js");
const { pointsOfTyped } = await bundled<typeof import("../../www/store/data/typed.js")>("www/store/data/typed.js");

const value = (text: string, x = 0, y = 0) => {
  const { run, error } = parseFormula(text, ["x", "y"]);
  if (!run) throw new Error(error?.message);
  return run([x, y]);
};
const error = (text: string) => {
  const { error } = parseFormula(text, ["x", "y"]);
  return error && [error.code, error.at];
};

test("formulas are read by the usual rules", () => {
  for (const [text, expected] of [
    ["1 + 2 * 3", 7],
    ["(1 + 2) * 3", 9],
    ["8 / 4 / 2", 1],
    ["2 ^ 3 ^ 2", 512],
    ["-2 ^ 2", -4],
    ["2 ^ -1", 0.5],
    ["--3", 3],
    ["1.5e2 - .5", 149.5],
    ["2 pi", 2 * Math.PI],
    ["3(1 + 1)", 6],
    ["1 / 2 x", 2],
    ["x < 5", 1],
    ["x + 1 > 5 + y", 0],
    ["max(x, 2) * min(y, 1)", 0],
    ["atan2(1, -1)", (3 * Math.PI) / 4],
    ["mod(-1, 3)", 2],
    ["sqrt(abs(-16)) + sign(-2) + floor(1.9)", 4],
    ["e ^ log(7)", 7],
  ] as const)
    expect(value(text, 4, 0), text).toBeCloseTo(expected, 12);
});

test("what is no formula is refused, with a code and the character", () => {
  for (const [text, code, at] of [
    ["", "empty", 0],
    ["  ", "empty", 0],
    ["1 +", "syntax", 3],
    ["(1", "syntax", 2],
    ["1)", "syntax", 1],
    ["x y", "syntax", 2],
    ["x = 1", "character", 2],
    ["alert(1)", "name", 0],
    ["constructor", "name", 0],
    ["1 + __proto__", "name", 4],
    ["toString(1)", "name", 0],
    ["x.y", "character", 1],
    ["sin", "syntax", 3],
    ["sin()", "syntax", 4],
    ["sin(1, 2)", "arguments", 0],
    ["max(1)", "arguments", 0],
    ["1".repeat(401), "long", 400],
    ["(".repeat(100), "long", 60],
    ["-".repeat(200), "long", 60],
    ["`x`", "character", 0],
  ] as const)
    expect(error(text), text).toEqual([code, at]);
});

test("no text breaks the parser", () => {
  const parts = [
    "x",
    "y",
    "1",
    ".",
    "+",
    "-",
    "*",
    "/",
    "^",
    "(",
    ")",
    ",",
    "<",
    "sin",
    "max",
    " ",
    "é",
    "\u{1F408}",
    "'",
  ];
  let state = 7;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
  for (let i = 0; i < 3000; i++) {
    const text = Array.from({ length: 1 + random() * 12 }, () => parts[Math.floor(random() * parts.length)]).join("");
    const { run, error } = parseFormula(text, ["x", "y"]);
    if (run) expect(typeof run([1, 2]), text).toBe("number");
    else expect(error.at, text).toBeLessThanOrEqual(text.length);
  }
});

test("points lie on the curve and fill the density; what has no points says why", () => {
  const circle = { kind: "curve" as const, x: "5 + 2 cos(t)", y: "2 sin(t)", from: "0", to: "2 pi", spread: 0 };
  const { points } = pointsOfTyped(circle);
  if (!points) throw new Error("no points");
  expect(points.length).toBe(8000);
  // Of unit size: a circle of diameter one.
  for (let i = 0; i < points.length; i += 2) expect(Math.hypot(points[i] - 1.25, points[i + 1])).toBeCloseTo(0.5, 3);
  expect(pointsOfTyped(circle).points).toEqual(points);

  const half = pointsOfTyped({ kind: "density", density: "(x^2 + y^2 < 1) * (1 + (x > 0))", reach: 2 });
  if (!half.points) throw new Error("no points");
  let right = 0;
  for (let i = 0; i < half.points.length; i += 2) {
    expect(Math.hypot(half.points[i], half.points[i + 1])).toBeLessThan(1.02);
    right += Number(half.points[i] > 0);
  }
  expect(right / 4000, "twice as dense at the right").toBeCloseTo(2 / 3, 1);

  for (const [typed, field, message] of [
    [{ ...circle, x: "1 / (t - t)" }, "x", /no number at t =/],
    [{ ...circle, x: "1", y: "2" }, "x", /one point/],
    [{ ...circle, to: "0" }, "to", /the same as where t begins/],
    [{ ...circle, from: "t" }, "from", /unknown/],
    [{ kind: "density", density: "x", reach: 1 }, "density", /negative at x =/],
    [{ kind: "density", density: "0", reach: 1 }, "density", /zero everywhere/],
    [{ kind: "density", density: "log(x)", reach: 1 }, "density", /no number at x =/],
  ] as const) {
    const { error } = pointsOfTyped(typed);
    expect(error?.field).toBe(field);
    expect(error?.message).toMatch(message);
  }
});

test("several curves or densities are a class each", () => {
  const circles = {
    kind: "curve" as const,
    x: "cos(t), 3 cos(t)",
    y: "sin(t), 3 sin(t)",
    from: "0",
    to: "2 pi",
    spread: 0,
  };
  const { points, labels } = pointsOfTyped(circles);
  expect([points?.length, labels?.names]).toEqual([8000, ["1", "2"]]);
  // Sizes are over both: the outer one has the diameter one.
  for (let i = 0; i < 4000; i++)
    expect(Math.hypot(points![2 * i], points![2 * i + 1])).toBeCloseTo(labels!.of[i] ? 0.5 : 1 / 6, 5);
  expect(labels!.of.filter((one) => one === 1).length).toBe(2000);
  // One formula for all of them is enough.
  const lines = pointsOfTyped({ ...circles, x: "t", y: "0, 1, 2" });
  expect(lines.labels?.names).toEqual(["1", "2", "3"]);

  const halves = pointsOfTyped({ kind: "density", density: "max(x, 0), 3 * max(-x, 0), 0 * x", reach: 1 });
  expect(halves.labels?.names).toEqual(["1", "2"]);
  const left = halves.labels!.of.filter((one) => one === 1).length;
  expect(left / 4000, "three times as dense").toBeCloseTo(0.75, 1);
  for (let i = 0; i < 4000; i++) expect(halves.points![2 * i] < 0).toBe(halves.labels!.of[i] === 1);
  expect(pointsOfTyped({ kind: "density", density: "x > 0", reach: 1 }).labels).toBeNull();

  for (const [typed, field, message] of [
    [{ ...circles, y: "sin(t), 1, 2" }, "y", /2 formulas across and 3 up/],
    [{ ...circles, x: Array(11).fill("t").join() }, "x", /more than 10 curves/],
    [{ ...circles, to: "1, 2" }, "to", /2 formulas where one is wanted/],
    [{ ...circles, x: "cos(t), 3 cos(" }, "x", /expected a number, a name or “\(”/],
    [{ kind: "density", density: "x^2, x", reach: 1 }, "density", /negative at x =/],
  ] as const) {
    const { error } = pointsOfTyped(typed);
    expect(error?.field).toBe(field);
    expect(error?.message).toMatch(message);
  }
});

test("a typed curve becomes the data; a mistake is said where it is", async ({ page }) => {
  await sampled(page, () => page.goto("./#points=300&steps=3"));
  await page.getByRole("button", { name: "Type a formula" }).click();
  const across = page.getByLabel("Across, x(t)");
  await across.fill("sin(3 t");
  await expect(page.getByText("At character 8: expected “)”, found the end.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Use these points" })).toBeDisabled();
  expect(await violations(page)).toEqual([]);
  await across.fill("cos(t)^3");
  await page.getByLabel("Up, y(t)").fill("sin(t)^3");
  await sampled(page, () => page.getByRole("button", { name: "Use these points" }).click());
  await expect(page.getByRole("radio", { name: "(cos(t)^3, sin(t)^3)" })).toBeChecked();
  await page.getByRole("radio", { name: "A density" }).check();
  await page.getByLabel("Density, p(x, y), up to a factor").fill("abs(x) + abs(y) < 1");
  await sampled(page, () => page.getByRole("button", { name: "Use these points" }).click());
  await expect(page.getByRole("radio", { name: "abs(x) + abs(y) < 1" })).toBeChecked();
  for (const width of [360, 320]) {
    await page.setViewportSize({ width, height: 740 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  }
});

test("a formula travels in the link, and opens the same points with the same numbers", async ({ page, context }) => {
  await sampled(page, () => page.goto("./#points=300&steps=3"));
  await page.getByRole("button", { name: "Type a formula" }).click();
  await page.getByLabel("Across, x(t)").fill("cos(t)^3 + 0.1 * sin(9 t)");
  const shown = await sampled(page, () => page.getByRole("button", { name: "Use these points" }).click());
  await expect(page).toHaveURL(/formula=curve%3Bcos/);
  const again = await context.newPage();
  await listenIn(again);
  const same = await sampled(again, () => again.goto(page.url()));
  expect(same.error).toEqual(shown.error);
  await expect(again.getByRole("radio", { name: "(cos(t)^3 + 0.1 * sin(9 t), sin(4 t))" })).toBeChecked();
  await again.getByRole("button", { name: "Type a formula" }).click();
  await expect(again.getByLabel("Across, x(t)")).toHaveValue("cos(t)^3 + 0.1 * sin(9 t)");
  await again.getByRole("button", { name: "Copy link" }).click();
  await expect(again.getByRole("region", { name: "Notices" })).not.toContainText("stay on this machine");
  // A density, edited into the address by hand.
  await sampled(again, () => follow(again, "#points=300&steps=3&formula=density;abs(x) + abs(y) < 1;2"));
  await expect(again.getByRole("radio", { name: "abs(x) + abs(y) < 1" })).toBeChecked();
  await again.close();
});

test("a formula of a link that is none gets its sentence, and the rest applies", async ({ page }) => {
  for (const [formula, sentence] of [
    ["curve;cos(t;sin(t);0;1;0.01", "the formula, at character 6: expected “)”"],
    ["curve;alert(1);sin(t);0;1;0.01", "the formula, at character 1"],
    ["curve;cos(t);sin(t);0;1;9", "the spread of a curve is from 0 to 0.1"],
    ["density;1;99", "the reach of a density is from 0.5 to 10"],
    ["density;-1;1", "it is negative"],
    ["spiral;1", "a formula in a link is “curve; x(t); y(t); from; to; spread”"],
    [`density;${"x".repeat(2000)};1`, "the formula is too long"],
  ]) {
    await page.goto("about:blank");
    await page.goto(`./#steps=4&formula=${encodeURIComponent(formula)}`);
    await expect(page.getByRole("region", { name: "Notices" })).toContainText(sentence);
    await expect(page.getByRole("radio", { name: "Eight gaussians" })).toBeChecked();
    await expect(page.getByLabel("Steps, as a number")).toHaveValue("4");
  }
});
