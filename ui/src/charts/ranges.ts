/** Which part of the numbers a chart's axes show. */

import { type Curve, lowerBound } from "./curves";

export type Range = [from: number, to: number];

/** Share of the values that an outlier cut leaves out at each end. */
const CUT = 0.01;

/** More values than this are sampled before their percentiles are taken. */
const SAMPLE = 40_000;

/** Returns from the first to the last x of curves; null if there is none. */
export function xRange(curves: readonly Curve[], log: boolean): Range | null {
  let from = Infinity;
  let to = -Infinity;
  for (const { x } of curves) {
    if (!x.length) continue;
    const first = log ? x[firstPositive(x)] : x[0]!;
    if (first === undefined) continue;
    if (first < from) from = first;
    const last = x[x.length - 1]!;
    if (last > to) to = last;
  }
  return from <= to ? widened(from, to, log) : null;
}

interface YOptions {
  log: boolean;
  /** Whether the lowest and the highest percent are left out. */
  cut: boolean;
  /** The part of x that is shown. */
  within: Range;
}

/** Returns the range of the values that are shown, with a margin; null if there is none. */
export function yRange(curves: readonly Curve[], { log, cut, within }: YOptions): Range | null {
  const columns = curves.flatMap(({ x, y, raw, band }) => {
    const start = lowerBound(x, within[0]);
    let end = lowerBound(x, within[1]);
    while (end < x.length && x[end]! <= within[1]) end++;
    const parts = band ? [band.low, band.high] : raw ? [y, raw] : [y];
    return parts.map((part) => part.subarray(start, end));
  });
  const bounds = cut ? percentiles(columns, log) : extremes(columns, log);
  return bounds && margined(bounds, log);
}

function extremes(columns: readonly Float64Array[], log: boolean): Range | null {
  let low = Infinity;
  let high = -Infinity;
  for (const column of columns) {
    for (let i = 0; i < column.length; i++) {
      const value = column[i]!;
      if (!(Math.abs(value) < Infinity) || (log && value <= 0)) continue; // NaN fails the comparison too
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : null;
}

function percentiles(columns: readonly Float64Array[], log: boolean): Range | null {
  const total = columns.reduce((sum, column) => sum + column.length, 0);
  const stride = Math.max(1, Math.floor(total / SAMPLE));
  const sample: number[] = [];
  let place = 0;
  for (const column of columns) {
    for (; place < column.length; place += stride) {
      const value = column[place]!;
      if (Number.isFinite(value) && (!log || value > 0)) sample.push(value);
    }
    place -= column.length;
  }
  if (!sample.length) return null;
  const ordered = Float64Array.from(sample).sort();
  const out = Math.floor(ordered.length * CUT);
  return [ordered[out]!, ordered[ordered.length - 1 - out]!];
}

function margined([low, high]: Range, log: boolean): Range {
  if (log) {
    const margin = (high / low) ** 0.04;
    return low === high ? [low / 2, high * 2] : [low / margin, high * margin];
  }
  if (low === high) {
    const margin = Math.abs(low) * 0.1 || 1;
    return [low - margin, high + margin];
  }
  const margin = (high - low) * 0.05;
  // What is never negative gets no negative axis.
  return [low >= 0 && low < margin ? 0 : low - margin, high + margin];
}

function widened(from: number, to: number, log: boolean): Range {
  if (from < to) return [from, to];
  return log ? [from / 2, from * 2] : [from - 1, to + 1];
}

function firstPositive(ascending: Float64Array): number {
  let index = lowerBound(ascending, 0);
  while (index < ascending.length && ascending[index]! <= 0) index++;
  return index;
}
