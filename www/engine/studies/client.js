/** The page's side of the laboratory's worker: started with the first study, ended when it breaks. */
import { Channel, EngineError } from "../channel.js";

/**
 * @typedef {import("./protocol").Description} Description
 * @typedef {import("./protocol").StudyEvent} StudyEvent
 * @typedef {import("./protocol").Ended} Ended
 */

/** How long a worker may take to hear that it should stop, in milliseconds. */
const PATIENCE = 3000;

export class StudyClient {
  /** @type {Channel | null} */
  #channel = null;
  /** Counts studies. */
  #turn = 0;
  /** Ends a worker that does not stop. */
  #timer = 0;

  /**
   * @param {{ studies: string, engines: { laboratory: import("../protocol").EngineUrls } }} site where the built files lie, by the time of the first study
   * @param {number} workers most that compute a study
   * @param {number} [beat]
   */
  constructor(site, workers, beat) {
    this.site = site;
    this.workers = workers;
    this.beat = beat;
  }

  /**
   * Runs a study in place of the one before.
   * @param {Description} description @param {(event: StudyEvent) => void} onEvent
   * @returns {Promise<Ended>} how it ended; an `EngineError` where it can't be run, or can't go on
   */
  async run(description, onEvent) {
    window.clearTimeout(this.#timer);
    const turn = ++this.#turn;
    this.#channel ??= this.#open();
    const channel = this.#channel;
    try {
      const run = { engine: this.site.engines.laboratory, workers: this.workers, ...description };
      return await channel.request({ type: "run", ...run }, onEvent);
    } catch (error) {
      const code = error instanceof EngineError ? error.code : "";
      if (code === "cancelled") return { how: "cancelled", milliseconds: PATIENCE };
      if (code === "panic") this.#close(channel, "it is of no more use", "closed");
      throw error;
    } finally {
      if (turn === this.#turn) window.clearTimeout(this.#timer);
    }
  }

  /** Stops what runs. A worker that does not answer is ended. */
  cancel() {
    const channel = this.#channel;
    if (!channel) return;
    channel.send({ type: "cancel" });
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#close(channel, "it did not stop in time", "cancelled"), PATIENCE);
  }

  /** Ends the worker, and what runs in it; the next study starts another. */
  end() {
    if (this.#channel) this.#close(this.#channel, "it was ended", "cancelled");
  }

  #open() {
    const broken = (/** @type {string} */ why) => this.#close(channel, why, "panic");
    const channel = new Channel(this.site.studies, "fewsteps-studies", { broken }, this.beat);
    return channel;
  }

  /** @param {Channel} channel @param {string} why @param {string} code for what it was asked */
  #close(channel, why, code) {
    channel.close(why, code);
    if (channel === this.#channel) this.#channel = null;
  }
}
