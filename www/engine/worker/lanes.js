/** Sampling: the lanes' reverse processes, one stretch after the other. */

/**
 * @typedef {import("../../generated/engine").Session} Session
 * @typedef {import("../../generated/engine").LaneRun} LaneRun
 * @typedef {import("../protocol").Frames} Frames
 */

export class LaneRuns {
  /** Those that are not done, the first one under way. @type {{ lane: number, process: LaneRun }[]} */
  #left = [];
  #pass = 0;
  /** What inpainting holds, and where. @type {{ pixels: Uint8Array, mask: Uint8Array }} */
  known = { pixels: new Uint8Array(), mask: new Uint8Array() };

  get running() {
    return this.#left.length > 0;
  }

  /** Samples all lanes from the start; the multiplications that helpers may share. @param {Session} session @param {number} lanes how many there are */
  start(session, lanes) {
    this.stop();
    this.#pass += 1;
    session.setKnownPixels(this.known.pixels, this.known.mask);
    this.#left = Array.from({ length: lanes }, (_, lane) => ({ lane, process: session.lane(lane) }));
    return this.#left.reduce((sum, { process }) => sum + process.work, 0);
  }

  stop() {
    for (const { process } of this.#left.splice(0)) process.free();
  }

  /** The next part of a lane. @returns {Promise<Frames>} */
  async advance() {
    const { lane, process } = this.#left[0];
    const found = await process.advance();
    const { points, dimension, total, done } = process;
    const { first, states: frames, denoised, sigmas, steps: step, errors } = found;
    const { evaluations, cost } = found;
    found.free();
    const classes = first === 0 ? process.classes : new Uint8Array();
    if (done) {
      process.free();
      this.#left.shift();
    }
    const part = { lane, pass: this.#pass, points, dimension, first, count: sigmas.length, total };
    return { ...part, frames, denoised, sigmas, step, errors, classes, evaluations, cost, done };
  }
}
