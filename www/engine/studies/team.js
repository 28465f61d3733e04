/** Workers that compute parts of a study for the one that leads it. One that fails is let go: the leader computes what it had begun. */
import { scriptUrl } from "../channel.js";

/**
 * @typedef {import("./protocol").Run} Run
 * @typedef {import("./protocol").FromHelper} FromHelper
 * @typedef {import("../../generated/engine").Study} Study
 * @typedef {{ index: number, hand: Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">, heard: number, news: Extract<FromHelper, { type: "part" }>[], lost: boolean }} Helper
 */

/** Milliseconds that a study takes alone before others are asked: one that ends sooner is not worth it. */
const ALONE = 1000;
/** A helper that is silent for so long is taken for dead. */
const PATIENCE = 30_000;

const hire = () => {
  const type = location.protocol === "blob:" ? "classic" : "module";
  return new Worker(scriptUrl(location.href), { type, name: "fewsteps-studies-helper" });
};

export class Team {
  /** @type {Helper[] | null} */
  #helpers = null;
  #begun = performance.now();

  /** @param {Run} run what the study is begun with @param {() => Helper["hand"]} [hired] starts a worker */
  constructor(run, hired = hire) {
    this.run = run;
    this.hired = hired;
  }

  /** Hires helpers once it pays, and hands the leader what they have found since the last time. @param {Study} study */
  work(study) {
    if (!this.#helpers && study.parts > 1 && performance.now() - this.#begun > ALONE) this.#hire(study.parts);
    for (const helper of this.#helpers ?? []) {
      for (const { index, found, done } of helper.news.splice(0)) study.take(helper.index, index, found, done);
      if (performance.now() - helper.heard > PATIENCE) helper.lost = true;
      if (!helper.lost) continue;
      helper.hand.terminate();
      study.lose(helper.index);
    }
    if (this.#helpers) this.#helpers = this.#helpers.filter(({ lost }) => !lost);
  }

  end() {
    for (const { hand } of this.#helpers ?? []) hand.terminate();
    this.#helpers = [];
  }

  /** @param {number} parts */
  #hire(parts) {
    const count = Math.max(0, Math.min(this.run.workers, parts) - 1);
    this.#helpers = Array.from({ length: count }, (_, index) => {
      /** @type {Helper} */
      const helper = { index, hand: this.hired(), heard: performance.now(), news: [], lost: false };
      helper.hand.onmessage = (/** @type {MessageEvent<FromHelper>} */ { data }) => {
        helper.heard = performance.now();
        if (data.type === "part") helper.news.push(data);
        else if (data.type === "failed") helper.lost = true;
      };
      helper.hand.onerror = (failure) => {
        failure.preventDefault?.();
        helper.lost = true;
      };
      helper.hand.postMessage({ ...this.run, type: "assist", helper: index, helpers: count });
      return helper;
    });
  }
}
