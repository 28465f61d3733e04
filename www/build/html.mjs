// @ts-check
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inlined } from "./boot.mjs";

/** What stands in the sources for their own ends: Trunk's link, and notes to whoever edits them. @param {string} html */
export const withoutNotes = (html) =>
  html
    .replace(/^\s*<link[^>]*\bdata-trunk\b[^>]*>\n?/gm, "")
    .replace(/<link[^>]*\bdata-trunk\b[^>]*>/g, "")
    .replace(/^\s*<!--[\s\S]*?-->\n/gm, "");

/** What no page of ours does: no other base, no forms that are sent, and nothing from strings but what the policy of www/engine/channel.js passes. */
export const STRICT = [
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types fewsteps",
];

/** @param {unknown} built */
export const buildElement = (built) =>
  // "<" would end the element early.
  `<script type="application/json" id="build">${JSON.stringify(built).replaceAll("<", "\\u003c")}</script>`;

/** @param {string} html @param {string[]} head more elements of its head */
export function withHead(html, head) {
  if (!html.includes("</head>")) throw new Error("The page has no </head>.");
  return html.replace("</head>", () => `${head.map((tag) => `  ${tag}\n`).join("")}  </head>`);
}

/**
 * Completes a document: style and script, the list of built files, and the content security policy, unless Trunk serves the page and adds a script of its own.
 * @param {import("./site").Site} site
 * @param {string} name in the site
 * @param {string} source in the repository
 * @param {import("./site").Entry} entry
 * @param {import("./site").Build} built
 * @returns {Promise<string>} the file's name
 */
export async function writeHtml(site, name, source, { script, imports, styles }, built) {
  const boot = await inlined(site, "www/boot/boot.js");
  const head = [
    `<script>${boot}</script>`,
    ...styles.map((style) => `<link rel="stylesheet" href="./${style}">`),
    buildElement(built),
    ...imports.map((file) => `<link rel="modulepreload" href="./${file}" data-page>`),
    `<script type="module" src="./${script}" data-page></script>`,
  ];
  if (name === "index.html") head.unshift(...addresses(process.env.FEWSTEPS_URL));
  let html = withHead(withoutNotes(readFileSync(join(site.root, source), "utf8")), head);
  if (!site.served) html = withPolicy(html);
  writeFileSync(join(site.staging, name), html);
  return name;
}

/**
 * What others show of the page where it is linked: they take whole addresses only, which a folder does not know by itself.
 * @param {string} [home] where the site will lie
 * @returns {string[]}
 */
function addresses(home) {
  if (!home) return [];
  const at = (/** @type {string} */ name) => new URL(name, home.endsWith("/") ? home : `${home}/`).href;
  return [
    `<link rel="canonical" href="${at("./")}">`,
    `<meta property="og:url" content="${at("./")}">`,
    `<meta property="og:image" content="${at("social.jpg")}">`,
    `<meta property="og:image:width" content="1200">`,
    `<meta property="og:image:height" content="630">`,
    `<meta property="og:image:alt" content="Two lanes after one network evaluation from the same noise: a blot, and a cat">`,
    `<meta name="twitter:card" content="summary_large_image">`,
  ];
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
    "manifest-src 'self'",
    "frame-src 'self'",
    "connect-src 'self' blob: data:",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    `style-src 'self'${hashes(html, "style")}`,
    ...STRICT,
  ].join("; ");
  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
  return html.replace(/(<meta charset=[^>]*>)/i, (charset) => `${charset}\n    ${meta}`);
}

/**
 * The policy's words for inline elements, such as the script that explains why a page does not start.
 * @param {string} html
 * @param {"script" | "style"} element
 */
export function hashes(html, element) {
  const inline = html.matchAll(
    new RegExp(`<${element}(?![^>]*(?:src=|application/json))[^>]*>([\\s\\S]*?)</${element}>`, "g"),
  );
  return [...inline].map(([, text]) => ` 'sha256-${createHash("sha256").update(text).digest("base64")}'`).join("");
}
