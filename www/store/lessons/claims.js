/** Whether what an answer rests on is so in the runs that were made here. */

/**
 * @typedef {import("./types").Claim} Claim
 * @typedef {import("./types").Ended} Ended
 * @typedef {import("./types").Outcome} Outcome
 * @typedef {import("./types").Place} Place
 */

/** Shares of noise. */
const ALIKE = 0.02;
const FRESH = 0.03;
const NOISE = 0.5;

/** By how much two may differ by chance. @param {Ended} a @param {Ended} b */
const chance = (a, b) => 2 * Math.hypot(a.uncertainty, b.uncertainty);

/** @param {Claim} claim @param {Outcome[]} outcomes of all runs of its round @returns {boolean} */
export function holds(claim, outcomes) {
  const at = (/** @type {Place} */ [run, lane]) => outcomes[run].lanes[lane];
  if ("larger" in claim) {
    const [a, b] = [at(claim.larger), at(claim.smaller)];
    return a.error > claim.times * b.error && a.error - b.error > chance(a, b);
  }
  if ("level" in claim) {
    const [a, b] = claim.level.map(at);
    return Math.abs(a.error - b.error) <= Math.max(ALIKE, chance(a, b));
  }
  if ("fresh" in claim) return at(claim.fresh).error <= FRESH;
  if ("noise" in claim) return at(claim.noise).error > NOISE;
  return outcomes[claim.run].findings.some((finding) => new RegExp(claim.found).test(finding));
}
