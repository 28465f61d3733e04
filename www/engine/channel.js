/** One worker as the page sees it: requests that are answered, commands that are not, and what the worker says by itself. */

/** Why a request was refused; `code` is the engine's, or `closed` where the worker has ended. */
export class EngineError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @param {string} url of the page's own origin, or of a file that came with the page */
function own(url) {
  const { origin, protocol } = new URL(url, location.href);
  if (protocol !== "blob:" && origin !== location.origin) throw new TypeError(url);
  return url;
}

/** @typedef {{ createScriptURL(url: string): string }} Rules an address that passed stands for a string, as it does for whoever takes one */
const { trustedTypes } = /** @type {{ trustedTypes?: { createPolicy(name: string, rules: Rules): Rules } }} */ (
  /** @type {unknown} */ (globalThis)
);
const policy = trustedTypes?.createPolicy("fewsteps", { createScriptURL: own });

/** An address for what takes scripts: some browsers hold each against the page's policy (Trusted Types). @param {string} url @returns {string} */
export const scriptUrl = (url) => policy?.createScriptURL(url) ?? url;

/** Ids are unique over all workers of the page. */
let lastId = 0;

/**
 * Milliseconds between two requests for a sign of life, and how many may stay without one. They are counted, so that a page that the browser
 * has frozen takes nothing for dead.
 */
const BEAT = 2000;
const MISSED = 15;

/**
 * @typedef {object} Listeners
 * @property {(event: any) => void} [event] hears what belongs to no request
 * @property {(why: string) => void} broken hears of an error that nothing in the worker caught, and of a worker that answers no more
 */

export class Channel {
  /** @type {Worker} */
  #worker;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: EngineError) => void, event?: (event: any) => void }>} */
  #requests = new Map();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #heart;
  #missed = 0;

  /** @param {string} url @param {string} name @param {Listeners} listeners @param {number} [beat] */
  constructor(url, name, { event, broken }, beat = BEAT) {
    // Where the page is a single file, so are its workers: Chromium starts no module worker from a blob of such a page.
    this.#worker = new Worker(scriptUrl(url), { type: url.startsWith("blob:") ? "classic" : "module", name });
    this.#worker.onmessage = ({ data }) => {
      this.#missed = 0;
      // From the first message on, before which its script may still be on the way.
      this.#heart ??= setInterval(() => {
        if (this.#missed++ < MISSED) this.send({ type: "beat" });
        else broken("it did not answer any more");
      }, beat);
      if (!this.#settle(data)) event?.(data);
    };
    this.#worker.onerror = (failure) => {
      failure.preventDefault();
      broken(failure.message || "its script could not be loaded");
    };
  }

  /** @param {object} command */
  send(command) {
    this.#worker.postMessage(command);
  }

  /**
   * @param {object} message without its id
   * @param {(event: any) => void} [event] hears events that carry the request's id
   * @returns {Promise<any>} the answer; an `EngineError` where it is refused
   */
  request(message, event) {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      this.#requests.set(id, { resolve, reject, event });
      this.send({ ...message, id });
    });
  }

  /** Ends the worker. What it was asked is refused. @param {string} why @param {string} [code] */
  close(why, code = "closed") {
    clearInterval(this.#heart);
    this.#worker.onmessage = this.#worker.onerror = null;
    this.#worker.terminate();
    for (const { reject } of this.#requests.values()) reject(new EngineError(code, why));
    this.#requests.clear();
  }

  /** Hands a message to the request it belongs to. @param {any} message @returns {boolean} whether it belongs to one */
  #settle(message) {
    if (message.id === undefined) return false;
    const request = this.#requests.get(message.id);
    if (message.type === "answer" || message.type === "refusal") this.#requests.delete(message.id);
    if (message.type === "answer") request?.resolve(message.value);
    else if (message.type === "refusal") request?.reject(new EngineError(message.code, message.message));
    else request?.event?.(message);
    return true;
  }
}
