/** The npm package, as someone who installs it uses it: types, the engine in Node, a figure in a page. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { serve } from "./server.mjs";
import { expect, test } from "./site";

const CONSUMER = `
import { define, type FewSteps } from "fewsteps";
import init, { Study } from "fewsteps/engine";
define("/site/");
const figure: FewSteps = document.createElement("few-steps");
figure.addEventListener("step", ({ detail }) => detail.step.toFixed());
export const texts: Promise<Record<string, string>> = figure.settings({ steps: 4 });
export const study = init().then(() => Study.begin("{}"));
`;

const NODE = `
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import init, { Study } from "fewsteps/engine";
await init({ module_or_path: readFileSync(createRequire(import.meta.url).resolve("fewsteps/engine.wasm")) });
const study = await Study.begin(JSON.stringify({ study: "quality" }));
console.log([study.outline().tables.length, (await study.advance(10)).progress].join(" "));
`;

const PAGE = `<!doctype html><link rel="icon" href="data:," /><body>
<script type="module">
  import { define } from "./node_modules/fewsteps/element.js";
  define("./node_modules/fewsteps/site/");
</script>
<few-steps data="circles" steps="4" points="300" start="now" title="f"></few-steps>`;

test("the package installs, has types that hold, and shows a figure", async ({ page }) => {
  const folder = mkdtempSync(join(tmpdir(), "consumer-"));
  const run = (program: string, ...words: string[]) =>
    execFileSync(program, words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  execFileSync("node", ["www/build/npm.mjs", process.env.FEWSTEPS_SITE ?? "", join(folder, "package")]);
  run("npm", "pack", "./package", "--silent");
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  run("npm", "install", `./${tarball}`, "--offline", "--no-audit", "--no-fund", "--silent");

  writeFileSync(join(folder, "consumer.ts"), CONSUMER);
  const options = [
    "--noEmit",
    "--strict",
    "--module",
    "esnext",
    "--moduleResolution",
    "bundler",
    "--target",
    "es2022",
    "--lib",
    "es2023,dom",
  ];
  run(resolve("node_modules/.bin/tsc"), ...options, "--types", "", "consumer.ts");

  writeFileSync(join(folder, "engine.mjs"), NODE);
  expect(run("node", "engine.mjs")).toMatch(/^\d+ [\d.e-]+/);

  writeFileSync(join(folder, "index.html"), PAGE);
  const server = await serve({ "/": folder });
  await page.goto(`${server.origin}/`);
  const frame = page.locator("few-steps iframe").contentFrame();
  await expect(frame.locator(".lane-distance output").first()).toHaveText(/\d/, { timeout: 60_000 });
  await server.close();
  rmSync(folder, { recursive: true });
});
