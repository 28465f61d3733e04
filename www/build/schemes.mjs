// @ts-check
/**
 * Colours for browsers without `light-dark()` (Safari before 17.5, Chrome before 123): each custom property that uses it has its light value
 * there. It is no fallback that styles could state by themselves, since a custom property takes any text for valid.
 */
import { readFileSync } from "node:fs";

/** @param {string} css */
export function withLightScheme(css) {
  const own = [...css.matchAll(/(--[\w-]+):\s*light-dark\(([^,()]+),[^()]+\)/g)].map(
    ([, name, light]) => `${name}: ${light};`,
  );
  if (!own.length) return css;
  return `${css}\n@supports not (color: light-dark(#000, #000)) {\n  :root {\n    color-scheme: light;\n    ${own.join("\n    ")}\n  }\n}\n`;
}

/** @type {import("esbuild").Plugin} */
export const lightScheme = {
  name: "light scheme",
  setup(build) {
    build.onLoad({ filter: /styles[\\/]tokens\.css$/ }, ({ path }) => ({
      contents: withLightScheme(readFileSync(path, "utf8")),
      loader: "css",
    }));
  },
};
