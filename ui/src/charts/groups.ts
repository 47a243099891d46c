/** Curves of groups: the mean of the runs that share a value, and how far they spread. */

import { type Curve, lowerBound, type Points } from "./curves";
import { valueAt } from "./nearest";

export type Spread = "range" | "deviation";

/** More places than this are replaced by an even grid. */
const GRID = 300;

/**
 * Returns the x places at which curves are averaged: their own if they are few, else an even grid.
 */
export function commonGrid(curves: readonly Points[]): Float64Array {
  const own = new Set<number>();
  let from = Infinity;
  let to = -Infinity;
  for (const { x } of curves) {
    if (!x.length) continue;
    from = Math.min(from, x[0]!);
    to = Math.max(to, x[x.length - 1]!);
    for (let i = 0; i < x.length && own.size <= GRID; i++) own.add(x[i]!);
  }
  if (own.size <= GRID) return Float64Array.from(own).sort();
  return Float64Array.from({ length: GRID }, (_, i) => from + ((to - from) * i) / (GRID - 1));
}

/**
 * Returns the mean of curves on a grid, with a band.
 *
 * A curve counts from its first to its last point, read between its points, and not in its gaps.
 *
 * @param spread `range`: the band is from the lowest to the highest; `deviation`: one standard deviation around the mean.
 */
export function average(curves: readonly Points[], grid: Float64Array, spread: Spread): Required<Pick<Curve, "x" | "y" | "band">> {
  const count = new Float64Array(grid.length);
  const mean = new Float64Array(grid.length);
  const squares = new Float64Array(grid.length); // sums of squared differences from the mean (Welford)
  const low = new Float64Array(grid.length).fill(Infinity);
  const high = new Float64Array(grid.length).fill(-Infinity);
  for (const curve of curves) {
    if (!curve.x.length) continue;
    const last = curve.x[curve.x.length - 1]!;
    for (let i = lowerBound(grid, curve.x[0]!); i < grid.length && grid[i]! <= last; i++) {
      const value = valueAt(curve, grid[i]!);
      if (!Number.isFinite(value)) continue;
      count[i]!++;
      const away = value - mean[i]!;
      mean[i]! += away / count[i]!;
      squares[i]! += away * (value - mean[i]!);
      if (value < low[i]!) low[i] = value;
      if (value > high[i]!) high[i] = value;
    }
  }
  for (let i = 0; i < grid.length; i++) {
    if (!count[i]) {
      mean[i] = low[i] = high[i] = NaN;
    } else if (spread === "deviation") {
      const deviation = count[i]! > 1 ? Math.sqrt(squares[i]! / (count[i]! - 1)) : 0;
      low[i] = mean[i]! - deviation;
      high[i] = mean[i]! + deviation;
    }
  }
  return { x: grid, y: mean, band: { low, high } };
}
