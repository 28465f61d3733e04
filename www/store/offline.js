/** The page without a network: stored on request, with its size said first; and a newer release, which never mixes with this one. */
import { signal } from "@preact/signals";
import { scriptUrl } from "../engine/channel.js";
import { say } from "./notices.js";
import { takeSnapshot } from "./run/snapshots.js";
import { storeLast } from "./run/storage.js";
import { site } from "./site.js";

/**
 * @typedef {{ state: "impossible" | "off" | "stored" } | { state: "storing", share: number } | { state: "refused", why: string }} Offline
 */

/** @type {import("@preact/signals").Signal<Offline>} */
export const offline = signal({ state: "impossible" });

/** Null where there are no service workers: on a page from a file, without https, in some frames and private windows. */
function container() {
  try {
    return navigator.serviceWorker ?? null;
  } catch {
    return null;
  }
}

/** Finds out whether this page is kept offline, and listens for newer releases. */
export async function checkOffline() {
  const workers = container();
  if (!workers || !site.hosted?.offline) return;
  workers.addEventListener("message", ({ data }) => hear(data));
  try {
    const registration = await workers.getRegistration(new URL("./", site.hosted.offline.url).href);
    offline.value = { state: registration?.active ? "stored" : "off" };
    if (registration) watch(registration);
  } catch {
    // Then the browser lets this page store nothing.
  }
}

/** @param {import("../offline/protocol").FromOffline & { fewsteps?: number }} message */
function hear(message) {
  if (message?.fewsteps !== 1) return;
  // A newer release is stored quietly.
  if (offline.value.state === "stored") return;
  // What was under way when a file was refused still tells how far it was.
  if (message.type === "storing" && offline.value.state === "storing")
    offline.value = { state: "storing", share: message.share };
  else if (message.type === "refused") offline.value = { state: "refused", why: message.why };
}

/** Stores all files of this release in the browser. */
export async function keepOffline() {
  const workers = container();
  const worker = site.hosted?.offline;
  if (!workers || !worker) return;
  offline.value = { state: "storing", share: 0 };
  try {
    // Without it, the browser may drop what is stored when space runs out.
    await navigator.storage?.persist?.().catch(() => false);
    const registration = await workers.register(scriptUrl(worker.url), { updateViaCache: "none" });
    await settled(registration.installing ?? registration.waiting ?? registration.active);
    offline.value = { state: "stored" };
    watch(registration);
  } catch (error) {
    // The worker itself knows better what was wrong, and may have said it by then.
    if (offline.peek().state === "storing")
      offline.value = { state: "refused", why: error instanceof Error ? error.message : String(error) };
  }
}

/** Waits until a worker has stored its files and is active; rejects where it can't. @param {ServiceWorker | null} worker @returns {Promise<void>} */
function settled(worker) {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (!worker || worker.state === "redundant") reject(new Error("the browser did not store it"));
      else if (worker.state === "activated") resolve();
    };
    worker?.addEventListener("statechange", look);
    look();
  });
}

/** Removes what is stored. The page goes on, from the network. */
export async function forgetOffline() {
  const worker = site.hosted?.offline;
  const registration = worker && (await container()?.getRegistration(new URL("./", worker.url).href));
  await registration?.unregister();
  for (const key of await caches.keys()) if (key.startsWith("fewsteps ")) await caches.delete(key);
  offline.value = { state: "off" };
}

/** @param {ServiceWorkerRegistration} registration */
function watch(registration) {
  if (registration.waiting) offerNewer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", () => {
      if (installing.state === "installed" && registration.active) offerNewer(installing);
    });
  });
}

/** @param {ServiceWorker} worker of a newer release, stored beside this one */
function offerNewer(worker) {
  say("A newer release of Fewsteps is here. This page stays what it is until you reload it; your run is kept.", {
    key: "release",
    action: {
      label: "Reload",
      async run() {
        const run = await takeSnapshot();
        if (run) await storeLast(run);
        container()?.addEventListener("controllerchange", () => location.reload());
        worker.postMessage({ type: "take over" });
      },
    },
  });
}
