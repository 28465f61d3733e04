/** The check of the page's layers, on small pages. Runs without a browser. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "@playwright/test";

const SOUND = {
  "generated/table.js": "export const table = 1;",
  "offline/worker.js": "",
  "embed/element.js": "",
  "engine/client.js": 'import "./worker/loop.js"; import "../generated/table.js";',
  "engine/worker/loop.js": "",
  "store/run.js":
    'import "../engine/client.js"; import "preact"; /** @type {import("../ui/stage").Stage} */ export let stage;',
  "ui/stage.jsx": 'import "../store/run.js"; import "./stage.css";',
  "ui/stage.css": "",
  "main.jsx": 'import "./ui/stage.jsx";',
  "figure.jsx": 'import "./ui/stage.jsx";',
};

/** What the check says of the sound page with these files in it. */
function faults(files: Record<string, string>) {
  const info = test.info();
  for (const [name, text] of Object.entries({ ...SOUND, ...files })) {
    const file = info.outputPath("www", name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const script = join(import.meta.dirname, "../../www/build/layers.mjs");
  const { status, stderr } = spawnSync(process.execPath, [script, info.outputPath()], { encoding: "utf8" });
  expect(status).toBe(stderr === "" ? 0 : 1);
  return stderr.trim();
}

test("imports may go down, and types anywhere", () => {
  expect(faults({})).toBe("");
});

test("an import up is named with both layers", () => {
  const files = { "engine/worker/loop.js": 'import "../../store/run.js";', "store/run.js": "" };
  expect(faults(files)).toBe("www/engine/worker/loop.js imports www/store/run.js: engine may not use store");
});

test("a circle is named, inside one layer too", () => {
  const files = { "ui/a.js": 'import "./b.js";', "ui/b.js": 'export * from "./a.js";' };
  expect(faults(files)).toMatch(/^a circle of imports: (www.ui.[ab].js( -> )?){3}$/);
});

test("JSX belongs to the user interface", () => {
  expect(faults({ "store/view.jsx": "" })).toBe("www/store/view.jsx: JSX belongs under www/ui");
});
