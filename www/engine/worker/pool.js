/**
 * Workers that compute shares of training steps and of reverse processes. Each is started when it is first needed. They keep nothing that
 * could not be sent again: one that dies or does not answer is replaced, and its share computed again.
 */

/** Milliseconds that a share may take; the slowest step of the page takes about one second. */
const PATIENCE = 20_000;
/** Workers that may fail with the same share. */
const ATTEMPTS = 3;

/**
 * @typedef {Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">} Hand
 * @typedef {{ hand: Hand | null, ready: boolean, shares: number, answer: Promise<Uint8Array<ArrayBuffer>> }} Place `shares` that have no answer
 */

export class Pool {
  /** @type {Place[]} */
  #places;
  #lastId = 0;
  #closed = false;

  /** @param {number} count @param {() => Hand} hire starts a worker @param {number} [patience] */
  constructor(count, hire, patience = PATIENCE) {
    this.hire = hire;
    this.patience = patience;
    this.#places = Array.from({ length: count }, () => ({
      hand: null,
      ready: false,
      shares: 0,
      answer: Promise.resolve(new Uint8Array()),
    }));
  }

  get count() {
    return this.#places.length;
  }

  /** How many of them, the first ones, can begin at once. */
  get ready() {
    const first = this.#places.findIndex(({ ready }) => !ready);
    return first < 0 ? this.count : first;
  }

  /** Starts those that have not been started, without waiting for them. */
  prepare() {
    for (const place of this.#places) this.#handOf(place);
  }

  /** Sends worker `index` its share. @param {number} index @param {Uint8Array<ArrayBuffer>} share */
  start(index, share) {
    const place = this.#places[index];
    const compute = () => this.#computed(place, share);
    // Before this returns: what the caller computes next keeps its thread busy. Only a share whose answer nobody waited for comes first, for
    // a worker has one at a time.
    place.answer = place.shares === 0 ? compute() : place.answer.catch(() => {}).then(compute);
    place.shares += 1;
    const settled = () => {
      place.shares -= 1;
    };
    // Whoever finishes hears of it.
    place.answer.then(settled, settled);
  }

  /** What it answers. @param {number} index */
  finish(index) {
    return this.#places[index].answer;
  }

  /** Ends all workers, and starts no other. */
  close() {
    this.#closed = true;
    for (const place of this.#places) this.#dismiss(place);
  }

  /** @param {Place} place */
  #handOf(place) {
    if (this.#closed) throw new Error("the workers were dismissed");
    if (!place.hand) {
      place.hand = this.hire();
      place.hand.onmessage = () => {
        place.ready = true;
      };
      place.hand.onerror = (failure) => {
        failure.preventDefault?.();
        this.#dismiss(place);
      };
    }
    return place.hand;
  }

  /** @param {Place} place */
  #dismiss(place) {
    place.hand?.terminate();
    place.hand = null;
    place.ready = false;
  }

  /** @param {Place} place @param {Uint8Array<ArrayBuffer>} share */
  async #computed(place, share) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#asked(place, share);
      } catch (error) {
        this.#dismiss(place);
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** @param {Place} place @param {Uint8Array<ArrayBuffer>} share @returns {Promise<Uint8Array<ArrayBuffer>>} */
  #asked(place, share) {
    const id = ++this.#lastId;
    const hand = this.#handOf(place);
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("it did not answer")), this.patience);
      const settle = (/** @type {() => void} */ how) => {
        clearTimeout(late);
        how();
      };
      hand.onmessage = ({ data }) => {
        place.ready = true;
        if (data.id !== id) return;
        settle(() => ("answer" in data ? resolve(data.answer) : reject(new Error(data.error))));
      };
      hand.onerror = (failure) => {
        failure.preventDefault?.();
        settle(() => reject(new Error(failure.message || "its script could not be loaded")));
      };
      // A copy: what is transferred would be gone when another worker needs it.
      hand.postMessage({ id, share });
    });
  }
}
