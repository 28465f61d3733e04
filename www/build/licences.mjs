// @ts-check
/**
 * licences.txt: what others wrote of all that the site ships, under which licences, and their texts. Crates are those that cargo resolves for
 * the two engines, without what only builds them; packages are those that the bundler took something from.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const FILE = "licences.txt";
const ENGINES = [
  ["--features", "cpu"],
  ["--no-default-features", "--features", "webgpu"],
];
const HEAD = `Fewsteps is under MIT or Apache-2.0, at your choice. Its site ships the following works of others, and Rust's standard library
(MIT or Apache-2.0). Of works under a choice of licences, the first of MIT, BSD, ISC, Zlib and Apache-2.0 applies here.
The handwritten digits have a file of their own, digits-attribution.txt.
`;

/** @typedef {{ name: string, version: string, licence: string, home: string, folder: string }} Work */

/**
 * @param {import("./site").Site} site
 * @param {string[]} bundled names of the packages in the page
 * @returns {string} the file's name
 */
export function writeLicences(site, bundled) {
  const parts = /** @type {[string, Work[]][]} */ ([
    ["The engines, in Rust", crates(site)],
    ["The page, in JavaScript", packages(site, bundled)],
  ]);
  const lists = parts.map(([title, works]) => `${title}\n\n${works.map(line).join("\n")}\n`);
  const text = [HEAD, ...lists, texts(parts.flatMap(([, works]) => works))].join("\n");
  writeFileSync(join(site.staging, FILE), text);
  return FILE;
}

/** @param {Work} work */
const line = ({ name, version, licence, home }) =>
  `  ${`${name} ${version}`.padEnd(36)} ${licence}${home && `, ${home}`}`;

/** @param {Work} a @param {Work} b */
const byName = (a, b) => a.name.localeCompare(b.name, "en") || a.version.localeCompare(b.version, "en");

/** @param {import("./site").Site} site @returns {Work[]} */
function crates(site) {
  const registry = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry/src");
  const sources = existsSync(registry) ? readdirSync(registry) : [];
  /** @type {Map<string, Work>} */
  const found = new Map();
  for (const features of ENGINES) {
    // Not what tests, builds, or expands macros.
    const words = ["tree", "--package", "fewsteps", "--locked", "--edges", "normal,no-proc-macro", "--prefix", "none"];
    const wanted = ["--target", "wasm32-unknown-unknown", "--format", "{p}|{l}|{r}", ...features];
    for (const row of execFileSync("cargo", [...words, ...wanted], { cwd: site.root })
      .toString()
      .trim()
      .split("\n")) {
      const [, name = "", version = "", licence = "", home = ""] = /^(\S+) v(\S+)[^|]*\|([^|]*)\|(\S*)/.exec(row) ?? [];
      if (!name || name === "fewsteps") continue;
      const source = sources
        .map((index) => join(registry, index, `${name}-${version}`))
        .find((path) => existsSync(path));
      found.set(`${name} ${version}`, { name, version, licence, home, folder: source ?? "" });
    }
  }
  return [...found.values()].sort(byName);
}

/** @param {import("./site").Site} site @param {string[]} names @returns {Work[]} */
function packages(site, names) {
  const found = names.map((name) => {
    const folder = join(site.root, "node_modules", name);
    const { version, license, repository } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const home = String(repository?.url ?? repository ?? "").replace(/^git(?:\+|(?=:))|\.git$/g, "");
    return { name, version, licence: String(license ?? ""), home, folder };
  });
  return found.sort(byName);
}

/** Which file of a package holds the licence that is taken, from the best. */
const FILES = [
  /mit/i,
  /bsd/i,
  /isc/i,
  /zlib/i,
  /^(licen[sc]e|copying)(\.(md|txt))?$/i,
  /apache/i,
  /licen[sc]e|copying/i,
];

/** @param {string} folder */
function licenceOf(folder) {
  const names = (folder ? readdirSync(folder) : []).filter(
    (name) => /licen[sc]e|copying/i.test(name) && /^[^.]+(\.(md|txt))?$|^LICENSE[-.]/i.test(name),
  );
  for (const wanted of FILES) {
    const name = names.find((name) => wanted.test(name));
    if (name) return readFileSync(join(folder, name), "utf8").replaceAll("\r", "").trim();
  }
  return "";
}

/** Each text once, below the names of those that it belongs to. @param {Work[]} works */
function texts(works) {
  /** @type {Map<string, { names: string[], text: string }>} */
  const all = new Map();
  for (const { name, folder } of works) {
    const text = licenceOf(folder);
    const key = text.replace(/\s+/g, " ");
    const there = all.get(key);
    if (there) there.names.push(name);
    else all.set(key, { names: [name], text });
  }
  const none = all.get("")?.names ?? [];
  all.delete("");
  const rule = "-".repeat(80);
  const parts = [...all.values()].map(({ names, text }) => `${rule}\n${names.join(", ")}\n\n${text}\n`);
  const without = none.length
    ? `Without a text of their own in what they publish, as their licence stands above: ${none.join(", ")}.\n\n`
    : "";
  return `Texts\n\n${without}${parts.join("\n")}`;
}
