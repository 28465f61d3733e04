/** A module of the page for tests without one: the page's modules read JSON as their bundler does, which Node does not. */
import { build } from "esbuild";

/** @param path from the repository's root */
export async function bundled<T>(path: string): Promise<T> {
  const entry = new URL(`../../${path}`, import.meta.url).pathname;
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
