/**
 * `<few-steps>`: a figure of the playground in any page. All that computes is in a frame of the site; this is what a post loads, and it
 * loads nothing more before the figure comes on screen. Its attributes beside those below are settings, named as in the address bar.
 *
 *   show      stage (without it), training, study, lesson
 *   study     which one, as in the address bar: `langevin;distance=4`
 *   lesson    which one, as on the teacher's page: `control`; its one setting is `seed`, and it has its own controls
 *   start     click (without it), visible, now
 *   controls  what can be operated, of: play track steps overlays lanes train objective loss; without it, what suits
 *   theme     light, dark; without it, as the page around it
 *   poster    an image to show before the start; without it, that of the data set; `none`
 *   src       where the site lies, if not beside this script
 *   title     the figure's name
 *
 * `--few-steps-font`, `--few-steps-ink` and `--few-steps-paper` set font and colours; without them, those of the text around it.
 */
import { style } from "./style.js";

/** @typedef {import("./protocol").FromFigure} FromFigure */
/** @typedef {import("./protocol").ToFigure} ToFigure */
/** @typedef {import("./protocol").Texts} Texts */

const OWN = ["show", "start", "controls", "theme", "poster", "src"];
const OF_HTML = /^(id|class|style|title|lang|dir|hidden|slot|part|role|tabindex|is|nonce|on.*|data-.*|aria-.*)$/;
const NAMES = {
  stage: "A figure of Fewsteps",
  training: "Training in Fewsteps",
  study: "A study of Fewsteps",
  lesson: "A lesson of Fewsteps",
};
/** How long the frame may take to answer, in milliseconds. */
const PATIENCE = 10_000;

const sheet = new CSSStyleSheet();
sheet.replaceSync(style);

/** @type {IntersectionObserver | undefined} */
let screen;
const onScreen = () =>
  new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting, intersectionRatio } of entries)
        if (isIntersecting) /** @type {FewSteps} */ (target).appears(intersectionRatio);
    },
    { rootMargin: "100px", threshold: [0, 0.5] },
  );

export class FewSteps extends HTMLElement {
  /** Where the site lies, unless the attribute `src` says so. */
  static site = "";

  /** @type {HTMLIFrameElement | null} */
  #frame = null;
  /** Whether the frame listens. */
  #open = false;
  /** What waits for the frame. @type {ToFigure[]} */
  #waiting = [];
  /** @type {Map<number, (answer: any) => void>} */
  #questions = new Map();
  #lastId = 0;
  #observer = new MutationObserver(() => this.#changed());
  #look = () => this.#sendLook();

  connectedCallback() {
    // Sheets are no inline styles, which a post's content security policy may forbid.
    if (!this.shadowRoot) this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet];
    this.#observer.observe(this, { attributes: true });
    addEventListener("message", this);
    dark.addEventListener("change", this.#look);
    this.#draw();
    screen ??= onScreen();
    screen.observe(this);
    if (this.getAttribute("start") === "now") this.start();
  }

  disconnectedCallback() {
    this.#observer.disconnect();
    removeEventListener("message", this);
    dark.removeEventListener("change", this.#look);
    screen?.unobserve(this);
    this.#frame = null;
    this.#open = false;
  }

  get #site() {
    return new URL(this.getAttribute("src") ?? FewSteps.site, document.baseURI);
  }

  get #show() {
    const named = /** @type {const} */ (["lesson", "study"]).find((name) => this.hasAttribute(name));
    const show = this.getAttribute("show") ?? named ?? "stage";
    return show === "training" || show === "study" || show === "lesson" ? show : "stage";
  }

  get #name() {
    return this.title || NAMES[this.#show];
  }

  /** Settings as in the address bar. */
  #hash() {
    return (
      [...this.attributes]
        .filter(({ name }) => !OWN.includes(name) && !OF_HTML.test(name))
        // An address of lessons begins with them.
        .sort((a, b) => Number(b.name === "lesson") - Number(a.name === "lesson"))
        .map(({ name, value }) => `${name}=${encodeURIComponent(value)}`)
        .join("&")
    );
  }

  /** The picture before the start: nothing of it is fetched before it is near the screen. */
  #draw() {
    const root = /** @type {ShadowRoot} */ (this.shadowRoot);
    const poster =
      this.getAttribute("poster") ??
      new URL(`posters/${this.getAttribute("data") ?? "eight_gaussians"}.svg`, this.#site).href;
    const box = document.createElement("div");
    box.className = "box";
    const pictured = this.#show === "stage" || this.#show === "training";
    if (poster !== "none" && pictured) {
      const image = document.createElement("img");
      Object.assign(image, { alt: "", loading: "lazy", decoding: "async", src: poster });
      image.onerror = () => image.remove();
      box.append(image);
    }
    const button = document.createElement("button");
    button.append(pictured ? "Run it here" : `${this.#show === "lesson" ? "Begin" : "Run"}: ${this.#name}`);
    button.title = "Computes in your browser; nothing leaves it";
    button.setAttribute("aria-label", `${this.#name}: run it here`);
    button.onclick = () => this.start();
    box.append(button);
    root.replaceChildren(box);
  }

  /** It is near the screen, with this share of it on screen. @param {number} share */
  appears(share) {
    if (share >= 0.5 && this.getAttribute("start") === "visible") this.start();
  }

  /** Puts the live figure in place of the poster. */
  start() {
    if (this.#frame || !this.shadowRoot) return;
    const url = new URL("figure.html", this.#site);
    url.searchParams.set("show", this.#show);
    url.searchParams.set("start", "now");
    for (const name of ["controls", "theme"]) {
      const value = this.getAttribute(name);
      if (value !== null) url.searchParams.set(name, value);
    }
    url.hash = this.#hash();
    const frame = document.createElement("iframe");
    Object.assign(frame, { src: url.href, title: this.#name, allow: "clipboard-write; fullscreen" });
    this.shadowRoot.querySelector(".box")?.append(frame);
    this.#frame = frame;
  }

  /** A message from the frame. @param {MessageEvent<FromFigure & { fewsteps?: number }>} event */
  handleEvent({ source, origin, data }) {
    if (!this.#frame || origin !== this.#site.origin || data?.fewsteps !== 1) return;
    if (source !== this.#frame.contentWindow) {
      // Another figure of this post computes.
      if (data.type === "awake") this.sleep();
      return;
    }
    switch (data.type) {
      case "loaded":
        this.#open = true;
        this.shadowRoot?.querySelector(".box")?.classList.add("is-live");
        this.#sendLook();
        for (const message of this.#waiting.splice(0)) this.#send(message);
        return;
      case "size":
        if (data.height > 0 && data.height < 20_000) this.#frame.style.height = `${Math.ceil(data.height)}px`;
        return;
      case "event":
        if (["ready", "step", "done", "error"].includes(data.name))
          this.dispatchEvent(new CustomEvent(data.name, { detail: data.detail }));
        return;
      case "settings":
      case "poster": {
        this.#questions.get(data.id)?.("svg" in data ? data.svg : data.settings);
        this.#questions.delete(data.id);
      }
    }
  }

  /** @param {ToFigure} message */
  #send(message) {
    if (!this.#open) this.#waiting.push(message);
    else this.#frame?.contentWindow?.postMessage({ fewsteps: 1, ...message }, this.#site.origin);
  }

  /** @param {{ type: "settings", hash?: string } | { type: "poster" }} question @returns {Promise<any>} */
  #ask(question) {
    const id = ++this.#lastId;
    this.start();
    return new Promise((resolve, reject) => {
      this.#questions.set(id, resolve);
      setTimeout(() => this.#questions.delete(id) && reject(new Error("the figure did not answer")), PATIENCE);
      this.#send(/** @type {ToFigure} */ ({ ...question, id }));
    });
  }

  #sendLook() {
    if (!this.#open) return;
    const look = getComputedStyle(this);
    const of = (/** @type {string} */ name) => look.getPropertyValue(`--few-steps-${name}`).trim();
    const theme = this.getAttribute("theme") ?? schemeOf(look.colorScheme);
    const ink = of("ink") || look.color;
    this.#send({
      type: "look",
      theme: theme === "dark" ? "dark" : "light",
      font: of("font") || look.fontFamily,
      ink,
      paper: of("paper"),
    });
  }

  /** Attributes changed. */
  #changed() {
    if (!this.#frame) this.#draw();
    else if (this.#open) {
      this.#sendLook();
      void this.#ask({ type: "settings", hash: this.#hash() }).catch(() => {});
    }
  }

  /** Plays the reverse process. */
  play() {
    this.start();
    this.#send({ type: "play" });
  }

  /** Stops where it is: the picture, and training. */
  pause() {
    if (this.#frame) this.#send({ type: "pause" });
  }

  /** @param {number} [steps] without it, to the end of the budget */
  train(steps) {
    this.start();
    this.#send(steps === undefined ? { type: "train" } : { type: "train", steps });
  }

  /** Samples again, with the seed of the settings. */
  sample() {
    this.start();
    this.#send({ type: "sample" });
  }

  /** Ends the engine; the picture stays. */
  sleep() {
    if (this.#open) this.#send({ type: "sleep" });
  }

  /**
   * Settings as in the address bar; with `change`, after it. Those that are not named keep their values.
   * @param {Record<string, string | number | boolean>} [change]
   * @returns {Promise<Texts>}
   */
  async settings(change) {
    const now = await this.#ask({ type: "settings" });
    if (!change) return now;
    const all = Object.entries({ ...now, ...change }).map(
      ([key, value]) => `${key}=${encodeURIComponent(String(value))}`,
    );
    return this.#ask({ type: "settings", hash: all.join("&") });
  }

  /** What is shown as an animated picture, for the attribute `poster`. @returns {Promise<string>} SVG */
  async poster() {
    return this.#ask({ type: "poster" });
  }
}

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Of the page around the figure. @param {string} scheme computed */
function schemeOf(scheme) {
  const [light, night] = [/\blight\b/.test(scheme), /\bdark\b/.test(scheme)];
  if (light !== night) return night ? "dark" : "light";
  // A page that names no scheme is a light one, whatever the system prefers.
  return light && dark.matches ? "dark" : "light";
}

/** Makes `<few-steps>` known, once. @param {string} site where it lies */
export function define(site) {
  FewSteps.site ||= site;
  if (!customElements.get("few-steps")) customElements.define("few-steps", FewSteps);
}
