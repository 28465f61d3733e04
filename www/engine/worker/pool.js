/**
 * Workers that compute shares of training steps. They keep nothing of a run: one that dies or does not answer is replaced, and its
 * share computed again.
 */

/** Milliseconds that a share may take; the slowest step of the page takes about one second. */
const PATIENCE = 20_000;
/** Workers that may fail with the same share. */
const ATTEMPTS = 3;

/**
 * @typedef {Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">} Hand
 * @typedef {{ hand: Hand, answer: Promise<Uint8Array<ArrayBuffer>> }} Place
 */

export class Pool {
  /** @type {Place[]} */
  #places;
  #lastId = 0;

  /** @param {number} count @param {() => Hand} hire starts a worker @param {number} [patience] */
  constructor(count, hire, patience = PATIENCE) {
    this.hire = hire;
    this.patience = patience;
    this.#places = Array.from({ length: count }, () => ({
      hand: hire(),
      answer: Promise.resolve(new Uint8Array()),
    }));
  }

  get count() {
    return this.#places.length;
  }

  /** Sends worker `index` its share. @param {number} index @param {Uint8Array<ArrayBuffer>} share */
  start(index, share) {
    const place = this.#places[index];
    place.answer = this.#computed(place, share);
    // Whoever finishes hears of it.
    place.answer.catch(() => {});
  }

  /** What it answers. @param {number} index */
  finish(index) {
    return this.#places[index].answer;
  }

  /** Ends all workers. */
  close() {
    for (const { hand } of this.#places) hand.terminate();
  }

  /** @param {Place} place @param {Uint8Array<ArrayBuffer>} share */
  async #computed(place, share) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#asked(place.hand, share);
      } catch (error) {
        place.hand.terminate();
        place.hand = this.hire();
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** @param {Hand} hand @param {Uint8Array<ArrayBuffer>} share @returns {Promise<Uint8Array<ArrayBuffer>>} */
  #asked(hand, share) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("it did not answer")), this.patience);
      const settle = (/** @type {() => void} */ how) => {
        clearTimeout(late);
        how();
      };
      hand.onmessage = ({ data }) => {
        if (data.id !== id) return;
        settle(() => ("gradient" in data ? resolve(data.gradient) : reject(new Error(data.error))));
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
