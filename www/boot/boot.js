/**
 * Stands in the page itself, ahead of its script: where that can't run, this says why, and what to do.
 * A reason is found by fetching the scripts once more, for the browser tells nobody why it refused one.
 */

const place = () => document.getElementById("page");

/** @param {string} sentence @param {{ text: string, href: string }} [link] */
function say(sentence, link) {
  const paragraph = document.createElement("p");
  paragraph.className = "boot";
  paragraph.setAttribute("role", "alert");
  paragraph.append(sentence);
  if (link) {
    const anchor = document.createElement("a");
    Object.assign(anchor, { href: link.href, target: "_blank", rel: "noopener", textContent: link.text });
    paragraph.append(" ", anchor);
  }
  const show = () => place()?.replaceChildren(paragraph);
  if (place()) show();
  else addEventListener("DOMContentLoaded", show);
}

/** The page's script, and all that it imports before it runs. */
const scripts = () =>
  [.../** @type {NodeListOf<HTMLScriptElement | HTMLLinkElement>} */ (document.querySelectorAll("[data-page]"))].map(
    (element) => ("src" in element ? element.src : element.href),
  );

/** @param {string} url @returns {Promise<string>} what is wrong with a script, or nothing */
async function fault(url) {
  const name = url.split("/").pop() ?? url;
  let response;
  try {
    response = await fetch(url, { cache: "no-cache" });
  } catch {
    return `${name} could not be fetched: there seems to be no network. Reload the page when there is.`;
  }
  const type = (response.headers.get("content-type") ?? "").split(";")[0].trim();
  const stale =
    "A newer release may have taken the place of this page: reload it. If that does not help, part of the folder is missing on this host.";
  if (!response.ok) return `The host has no ${name} (it answered ${response.status}). ${stale}`;
  if (type === "text/html") return `The host answered with a web page in place of ${name}. ${stale}`;
  if (!/^(text|application)\/(x-)?(java|ecma)script$/.test(type))
    return `The host sends ${name} as “${type || "nothing known"}”, which browsers refuse to run: its type must be text/javascript.`;
  return "";
}

async function explain() {
  for (const url of scripts()) {
    const sentence = await fault(url);
    if (sentence) return say(`Fewsteps could not start. ${sentence}`);
  }
  say("Fewsteps could not start: its script was not loaded. Reload the page.");
}

if (location.protocol === "file:") {
  say(
    "Browsers run this folder only from a web server. Open fewsteps.html instead, which is all of it in one file; or run “python3 -m http.server” in this folder and open http://localhost:8000.",
  );
} else if (self.origin === "null") {
  // Without an origin of its own the page may neither start workers nor fetch its files.
  say("Fewsteps can’t run here, for this frame is sandboxed (sandbox without allow-same-origin).", {
    text: "Open it in a new tab",
    href: location.href,
  });
} else {
  addEventListener(
    "error",
    ({ target, message }) => {
      if (target instanceof Element && target.matches("script[data-page]")) void explain();
      else if (message && !place()?.firstChild)
        say(`Fewsteps could not start (${message}). It needs a browser of 2023 or newer.`);
    },
    true,
  );
}
