/** Ranks of numbers, and how far two columns rise and fall together. */

/** Returns the place of each number in their order, from 1; equal numbers share the mean of their places. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, at) => at).sort((one, other) => values[one]! - values[other]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let at = start; at < end; at++) ranks[order[at]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/**
 * Returns Spearman's correlation of two columns of equal length, -1 to 1: Pearson's of their average ranks
 * (Spearman 1904, "The proof and measurement of association between two things").
 *
 * @returns null where one of them is constant.
 */
export function spearman(xs: ArrayLike<number>, ys: ArrayLike<number>): number | null {
  const [x, y] = [averageRanks(xs), averageRanks(ys)];
  const mean = (x.length + 1) / 2; // of ranks, whatever is tied
  let [both, xx, yy] = [0, 0, 0];
  for (let at = 0; at < x.length; at++) {
    const [dx, dy] = [x[at]! - mean, y[at]! - mean];
    both += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx > 0 && yy > 0 ? both / Math.sqrt(xx * yy) : null;
}
