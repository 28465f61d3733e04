/**
 * The service worker, registered when a visitor keeps the page offline. It stores all files of one release, each held against its
 * checksum, and answers from them alone: a page never gets files of two releases. A newer release is stored beside the old one and
 * takes over when the page asks for it; the one before stays, for tabs that are still open on it.
 */

/**
 * What the build put in place of RELEASE: names, the first 16 hexadecimal digits of their SHA-256, sizes in bytes.
 * @type {{ version: string, files: [name: string, sum: string, bytes: number][] }}
 */
const release = RELEASE;

const worker = /** @type {any} */ (self);
const PREFIX = "fewsteps ";
const CACHE = PREFIX + release.version;
/** Files fetched at once. */
const AT_ONCE = 4;

/** @type {Record<string, string>} */
const TYPES = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  webmanifest: "application/manifest+json",
  svg: "image/svg+xml",
  png: "image/png",
  jpg: "image/jpeg",
  txt: "text/plain; charset=utf-8",
  wasm: "application/wasm",
  woff2: "font/woff2",
};

/** @param {string} name */
const addressOf = (name) => new URL(name, worker.registration.scope).href;

/** To all pages of the site. @param {import("./protocol").FromOffline} message */
async function tell(message) {
  for (const client of await worker.clients.matchAll({ includeUncontrolled: true, type: "window" }))
    client.postMessage({ fewsteps: 1, ...message });
}

/** @param {ArrayBuffer} bytes */
async function sumOf(bytes) {
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...sum.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} name @param {string} sum @returns {Promise<ArrayBuffer>} */
async function contentOf(name, sum) {
  // Most files of a new release are those of the one before.
  const there = await caches.match(addressOf(name));
  const bytes = await there?.arrayBuffer();
  if (bytes && (await sumOf(bytes)) === sum) return bytes;
  let response;
  try {
    response = await fetch(addressOf(name), { cache: "no-cache" });
  } catch {
    throw new Error(`${name} could not be fetched: there seems to be no network.`);
  }
  if (!response.ok) throw new Error(`the host has no ${name} (it answered ${response.status}).`);
  const fetched = await response.arrayBuffer();
  if ((await sumOf(fetched)) === sum) return fetched;
  const html = (response.headers.get("content-type") ?? "").startsWith("text/html") && !name.endsWith(".html");
  throw new Error(
    html
      ? `the host answered with a web page in place of ${name}.`
      : `the host’s ${name} is of another release. Reload the page and try again.`,
  );
}

async function store() {
  const all = release.files.reduce((sum, [, , bytes]) => sum + bytes, 0);
  let stored = 0;
  const cache = await caches.open(CACHE);
  const left = [...release.files];
  const fetchers = Array.from({ length: AT_ONCE }, async () => {
    for (let file = left.shift(); file; file = left.shift()) {
      const [name, sum, bytes] = file;
      const content = await contentOf(name, sum);
      const type = TYPES[name.split(".").pop() ?? ""] ?? "application/octet-stream";
      await cache.put(addressOf(name), new Response(content, { headers: { "content-type": type } }));
      stored += bytes;
      await tell({ type: "storing", share: stored / all });
    }
  });
  try {
    await Promise.all(fetchers);
  } catch (error) {
    left.length = 0;
    await caches.delete(CACHE);
    await tell({ type: "refused", why: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}

/** Releases older than the one before this are of no more use. */
async function clear() {
  const ours = (await caches.keys()).filter((key) => key.startsWith(PREFIX) && key !== CACHE);
  await Promise.all(ours.slice(0, -1).map((key) => caches.delete(key)));
}

/** @param {Request} request @returns {Promise<Response>} */
async function answer(request) {
  const url = new URL(request.url);
  const address = url.origin + url.pathname;
  const name = address === worker.registration.scope ? addressOf("index.html") : address;
  // Nothing is opened here: it would be there again after it was removed, for pages that were open then still ask this worker. A tab may
  // be open on the release before: names of its files say what they hold.
  return (await caches.match(name, { cacheName: CACHE })) ?? (await caches.match(name)) ?? fetch(request);
}

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(store()));
worker.addEventListener("activate", (/** @type {any} */ event) =>
  event.waitUntil(clear().then(() => worker.clients.claim())),
);
worker.addEventListener("message", (/** @type {MessageEvent<import("./protocol").ToOffline>} */ { data }) => {
  if (data?.type === "take over") void worker.skipWaiting();
});
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { method, url } = event.request;
  if (method === "GET" && url.startsWith(worker.registration.scope)) event.respondWith(answer(event.request));
});
