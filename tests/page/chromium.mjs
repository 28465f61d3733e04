// @ts-check
/** How the tests and the benchmark start Chromium. */

/** Quiet: no calls home, which a machine without a network would wait for. */
const QUIET = [
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/** WebGPU on Chromium's own software adapter. Without these, a machine without a GPU has no adapter. */
const SOFTWARE_ADAPTER = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** @param {"cpu" | "webgpu"} backend */
export function launchOptions(backend) {
  return {
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    // Containers run as root, where the sandbox does not start.
    chromiumSandbox: false,
    args: backend === "webgpu" ? [...QUIET, ...SOFTWARE_ADAPTER] : QUIET,
  };
}
