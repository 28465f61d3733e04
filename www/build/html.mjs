// @ts-check
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Completes index.html: style and script, the list of built files, and in a release the content security policy.
 * @param {import("./site").Site} site
 * @param {import("./site").Page} page
 * @param {import("./site").Build} built
 * @returns {string} the file's name
 */
export function writeHtml(site, page, built) {
  const file = join(site.staging, "index.html");
  const head = [
    ...page.styles.map((style) => `<link rel="stylesheet" href="./${style}">`),
    // "<" would end the element early.
    `<script type="application/json" id="build">${JSON.stringify(built).replaceAll("<", "\\u003c")}</script>`,
    `<script type="module" src="./${page.script}"></script>`,
  ];
  let html = readFileSync(file, "utf8")
    .replace(/^\s*<link[^>]*\bdata-trunk\b[^>]*>\n?/gm, "")
    .replace(/<link[^>]*\bdata-trunk\b[^>]*>/g, "")
    // Notes to whoever edits the source.
    .replace(/^\s*<!--[\s\S]*?-->\n/gm, "");
  if (!html.includes("</head>")) throw new Error("index.html has no </head>.");
  html = html.replace("</head>", () => `${head.map((tag) => `  ${tag}\n`).join("")}  </head>`);
  if (site.release) html = withPolicy(html);
  writeFileSync(file, html);
  return "index.html";
}

/**
 * Nothing from elsewhere, nothing evaluated but wasm. In a meta element, since static hosts send no headers.
 * @param {string} html
 */
function withPolicy(html) {
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval'${hashes(html, "script")}`,
    "worker-src 'self'",
    "connect-src 'self' blob: data:",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    `style-src 'self'${hashes(html, "style")}`,
    "style-src-attr 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
  return html.replace(/(<meta charset=[^>]*>)/i, (charset) => `${charset}\n    ${meta}`);
}

/**
 * The policy's words for inline elements that index.html wrote itself (say, the theme before the first paint).
 * @param {string} html
 * @param {"script" | "style"} element
 */
function hashes(html, element) {
  const inline = html.matchAll(
    new RegExp(`<${element}(?![^>]*(?:src=|application/json))[^>]*>([\\s\\S]*?)</${element}>`, "g"),
  );
  return [...inline].map(([, text]) => ` 'sha256-${createHash("sha256").update(text).digest("base64")}'`).join("");
}
