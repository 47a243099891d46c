/** What a box of a box plot shows. */

export interface Box {
  /** The furthest values that lie within one and a half heights of the box from it. */
  low: number;
  high: number;
  lower: number;
  median: number;
  upper: number;
  mean: number;
  count: number;
}

/** Whiskers reach so many heights of the box (Tukey 1977, "Exploratory Data Analysis"). */
const REACH = 1.5;

/** Returns the box of numbers, of which there must be at least one. */
export function boxOf(values: readonly number[]): Box {
  const ordered = Float64Array.from(values).sort();
  const [lower, median, upper] = [quantile(ordered, 0.25), quantile(ordered, 0.5), quantile(ordered, 0.75)];
  const reach = REACH * (upper - lower);
  return {
    // A box may lie between two values; then the nearest ones can stand inside of it, and a whisker has no length.
    low: Math.min(lower, ordered.find((value) => value >= lower - reach)!),
    high: Math.max(upper, ordered.findLast((value) => value <= upper + reach)!),
    lower,
    median,
    upper,
    mean: ordered.reduce((sum, value) => sum + value, 0) / ordered.length,
    count: ordered.length,
  };
}

/**
 * Returns a quantile of ordered numbers, read on the straight line between its two neighbours: type 7 of
 * Hyndman and Fan (1996, "Sample quantiles in statistical packages"), what NumPy, pandas, R and spreadsheets take.
 */
export function quantile(ordered: ArrayLike<number>, share: number): number {
  const place = share * (ordered.length - 1);
  const at = Math.floor(place);
  const [below, above] = [ordered[at]!, ordered[Math.min(at + 1, ordered.length - 1)]!];
  return below + (above - below) * (place - at);
}
