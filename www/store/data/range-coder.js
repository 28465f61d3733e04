/**
 * Binary range coding (Martin 1979, with the carry of LZMA): each bit costs what it surprises. A bit has a context, and its chance is the
 * share of ones that this context has seen. Both coders have the same methods, so that one description of a file writes and reads it.
 */

const ONE = 2 ** 16;
/** No bit is certain. */
const LEAST = 32;
/** How many bits a context looks back on. */
const MEMORY = 250;
/** Below it the range gets another byte. */
const NARROW = 2 ** 24;

/** @typedef {{ bit: (context: number, bit: number) => number }} Coder `bit` gives the bit back; a decoder does not look at the one it is given */

class Contexts {
  /** @param {number} count */
  constructor(count) {
    this.chances = new Uint16Array(count).fill(ONE / 2);
    this.seen = new Uint8Array(count);
  }

  /** @param {number} context @param {number} bit */
  learn(context, bit) {
    const { chances, seen } = this;
    const goal = bit ? ONE - LEAST : LEAST;
    chances[context] += Math.trunc((goal - chances[context]) / (seen[context] + 1.6));
    if (seen[context] < MEMORY) seen[context]++;
  }
}

/** @implements {Coder} */
export class Encoder {
  #low = 0;
  #range = 2 ** 32 - 1;
  #contexts;
  /** The last byte, and how many of 255 follow it: a carry may still change them. */
  #byte = 0;
  #full = 0;
  /** @type {number[]} */
  #out = [];

  /** @param {number} contexts how many there are */
  constructor(contexts) {
    this.#contexts = new Contexts(contexts);
  }

  /** @param {number} context @param {number} bit */
  bit(context, bit) {
    const bound = (this.#range >>> 16) * this.#contexts.chances[context];
    this.#contexts.learn(context, bit);
    if (bit) this.#range = bound;
    else {
      this.#low += bound;
      this.#range -= bound;
    }
    while (this.#range < NARROW) {
      this.#range *= 256;
      this.#shift();
    }
    return bit;
  }

  #shift() {
    const carry = this.#low >= 2 ** 32 ? 1 : 0;
    if (carry || this.#low < 0xff000000) {
      this.#out.push(this.#byte + carry);
      for (; this.#full > 0; this.#full--) this.#out.push((0xff + carry) & 0xff);
      this.#byte = (this.#low >>> 24) & 0xff;
    } else this.#full++;
    this.#low = (this.#low % NARROW) * 256;
  }

  /** All bits so far. */
  end() {
    for (let i = 0; i < 5; i++) this.#shift();
    return Uint8Array.from(this.#out);
  }
}

/** @implements {Coder} */
export class Decoder {
  #bytes;
  #at = 5;
  #range = 2 ** 32 - 1;
  #code;
  #contexts;

  /** @param {number} contexts how many there are @param {Uint8Array} bytes of an encoder */
  constructor(contexts, bytes) {
    this.#contexts = new Contexts(contexts);
    this.#bytes = bytes;
    // The first byte says nothing: it is there for a carry.
    this.#code = bytes.subarray(1, 5).reduce((code, byte) => code * 256 + byte, 0);
  }

  /** @param {number} context */
  bit(context) {
    const bound = (this.#range >>> 16) * this.#contexts.chances[context];
    const bit = this.#code < bound ? 1 : 0;
    if (bit) this.#range = bound;
    else {
      this.#code -= bound;
      this.#range -= bound;
    }
    this.#contexts.learn(context, bit);
    while (this.#range < NARROW) {
      this.#range *= 256;
      this.#code = this.#code * 256 + (this.#bytes[this.#at++] ?? 0);
    }
    return bit;
  }
}
