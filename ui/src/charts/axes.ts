/** Which columns a plot of a metric begins with, where nobody has chosen them yet. */

import { averageRanks } from "./ranks";
import type { RunValues } from "./runs";

/** Runs are put into so many ranges of a column. */
const RANGES = 6;

/** Of more runs a part tells the same, and sooner. */
const MOST_RUNS = 250;

/** Returns the two columns of numbers that a metric follows most, that of them first; null if there are none. */
export function bestAxes(ids: readonly string[], { numbers }: Pick<RunValues, "numbers">, metric: string, columns: readonly string[]): [string, string] | null {
  const heights = numbers.get(metric);
  const step = Math.ceil(ids.length / MOST_RUNS);
  const some = ids.filter((_, at) => at % step === 0);
  const found = columns.flatMap((column) => {
    const places = numbers.get(column);
    const given = places && heights ? some.filter((id) => Number.isFinite(places.get(id)) && Number.isFinite(heights.get(id))) : [];
    const weight = follows(given.map((id) => places!.get(id)!), given.map((id) => heights!.get(id)!));
    return weight === null ? [] : [{ column, weight }];
  });
  const [first, second] = found.sort((one, other) => other.weight - one.weight);
  return first && second ? [first.column, second.column] : null;
}

/**
 * Returns how much of the order of heights the ranges of places tell, whether or not they rise together: the
 * correlation ratio of ranks, less what chance gives to so many ranges (Kelley 1935, epsilon squared).
 *
 * @returns null if all places are the same.
 */
function follows(places: readonly number[], heights: readonly number[]): number | null {
  const count = places.length;
  const [along, up] = [averageRanks(places), averageRanks(heights)];
  if (along.every((rank) => rank === along[0])) return null;
  const [sums, counts] = [new Float64Array(RANGES), new Float64Array(RANGES)];
  const mean = (count + 1) / 2;
  let total = 0;
  for (let at = 0; at < count; at++) {
    const range = Math.floor(((along[at]! - 0.5) / count) * RANGES); // equal places have equal ranks: no range cuts them
    const away = up[at]! - mean;
    sums[range]! += away;
    counts[range]!++;
    total += away ** 2;
  }
  const used = [...counts.keys()].filter((range) => counts[range]);
  const between = used.reduce((sum, range) => sum + sums[range]! ** 2 / counts[range]!, 0);
  const free = count - used.length;
  return total > 0 && free > 0 ? 1 - ((1 - between / total) * (count - 1)) / free : -1;
}
