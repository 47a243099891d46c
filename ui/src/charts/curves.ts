/** What a chart of curves draws: points of runs, or of groups of runs, along one axis. */

import type { XAxis } from "./state";

export interface Curve {
  /** Id of the run, or name of the group. */
  id: string;
  name: string;
  /** A CSS colour. */
  color: string;
  /** Ascending: steps, milliseconds since the epoch, or seconds since the run's start. */
  x: Float64Array;
  /** Of the length of `x`; what is not finite is a gap. */
  y: Float64Array;
  /** The values before they were smoothed, of the length of `x`. */
  raw?: Float64Array;
  /** The edges of the band around the mean of a group, of the length of `x`. */
  band?: { low: Float64Array; high: Float64Array };
  /** How many runs make the group. */
  members?: number;
}

/** One metric of one run, in the order of step. */
export interface Series {
  steps: Float64Array;
  /** Milliseconds since the epoch; empty if only the steps were asked for. */
  times: Float64Array;
  values: Float64Array;
  /** How many points were logged between its ends; more than there are here if they are reduced. */
  total: number;
  /** How many points were ever logged. */
  count: number;
}

export interface Points {
  x: Float64Array;
  y: Float64Array;
}

/**
 * Returns the places of a series' points on an axis, in the order of step.
 *
 * @param start When the run began, for times that are relative to it; the first point's time if it is not known.
 */
export function placesAlong(axis: XAxis, { steps, times }: Series, start: number | null): Float64Array {
  if (axis === "step") return steps;
  if (axis === "time") return times;
  let origin = start ?? Infinity;
  for (const time of times) if (time < origin) origin = time;
  return times.map((time) => (time - origin) / 1000);
}

/** Returns the points of a series along an axis, in the order of x. */
export function pointsAlong(axis: XAxis, series: Series, start: number | null): Points {
  return sorted(placesAlong(axis, series, start), series.values);
}

/** Returns whether curves would stand on one place: there are several points, and all of them at one step. */
export function hasOneStep(series: Iterable<Series>): boolean {
  let step: number | undefined;
  let isSeveral = false;
  for (const { steps, total } of series) {
    if (!steps.length) continue;
    step ??= steps[0];
    if (steps[0] !== step || steps[steps.length - 1] !== step) return false;
    if (total > 1) isSeveral = true;
  }
  return isSeveral;
}

function sorted(x: Float64Array, y: Float64Array): Points {
  let isSorted = true;
  for (let i = 1; i < x.length && isSorted; i++) isSorted = x[i]! >= x[i - 1]!;
  if (isSorted) return { x, y };
  const order = Uint32Array.from(x, (_, index) => index).sort((a, b) => x[a]! - x[b]! || a - b);
  return { x: Float64Array.from(order, (index) => x[index]!), y: Float64Array.from(order, (index) => y[index]!) };
}

/** Returns the first index whose value is not below `value`; the length if there is none. */
export function lowerBound(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
