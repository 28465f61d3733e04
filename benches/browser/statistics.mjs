// @ts-check

/** @param {number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

/** How many times as long `theirs` take as `ours`: the median over rounds, each of which the two took one after the other. @param {number[]} theirs @param {number[]} ours */
export function ratio(theirs, ours) {
  return median(theirs.map((time, round) => time / ours[round]));
}
