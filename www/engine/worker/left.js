/** How long training will take. */

/**
 * What is left of the trajectories while they are made, else of the steps at their last speed, in seconds; null where nothing can be said yet.
 * @param {{ until: number, speed: number, slices: number, filling: number | null }} training @param {number} step @param {number | null} trajectories
 */
export function secondsLeft({ until, speed, slices, filling }, step, trajectories) {
  if (trajectories === null || filling === null) return slices > 1 ? (until - step) / speed : null;
  if (trajectories === 0) return null;
  return ((performance.now() - filling) / 1000) * ((1 - trajectories) / trajectories);
}
