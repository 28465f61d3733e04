// @ts-check
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** @param {...(string | Uint8Array)} parts */
export function fingerprint(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 16);
}

/**
 * Writes `content` into the site under a name that changes with it.
 * @param {import("./site").Site} site
 * @param {string} path such as `weights/spiral.safetensors`
 * @param {string | Uint8Array} content
 * @returns {string} the name, relative to the site's root
 */
export function writeHashed(site, path, content) {
  const dot = path.lastIndexOf(".");
  const name = `${path.slice(0, dot)}-${fingerprint(content).slice(0, 10)}${path.slice(dot)}`;
  const file = join(site.staging, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return name;
}

/**
 * The crate's version, and a word for this build of it.
 * @param {import("./site").Site} site
 * @param {unknown} files whose names change with what they hold
 */
export function versionOf(site, files) {
  const [, version] = /^version = "(.*)"$/m.exec(readFileSync(join(site.root, "Cargo.toml"), "utf8")) ?? [];
  return `${version} (${fingerprint(JSON.stringify(files)).slice(0, 7)})`;
}

/** How to cite it: the BibTeX of the README. @param {import("./site").Site} site */
export function citationOf(site) {
  const [, citation] = /^```bibtex\n(.*?)^```/ms.exec(readFileSync(join(site.root, "README.md"), "utf8")) ?? [];
  if (!citation) throw new Error("README.md has no BibTeX.");
  return citation.trim();
}

/** @param {import("./site").Site} site @param {string} url @returns {import("./site").Sized} */
export const sized = (site, url) => ({ url, bytes: statSync(join(site.staging, url)).size });
