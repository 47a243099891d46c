/** What bars stand for: the values of runs or of groups of them, or how many runs have something. */

import type { Bucket } from "./buckets";
import type { ChartRun } from "./runs";
import type { Spread } from "./state";

export interface Bar {
  /** Id of the run, or name of the group. */
  id: string;
  name: string;
  color: string;
  value: number;
  /** How far the values of a group go, below and above their mean. */
  spread?: [low: number, high: number];
}

/** Returns a bar for each run that has a value, or for the mean of each group; the greatest first. */
export function valueBars(runs: readonly ChartRun[], values: ReadonlyMap<string, number>, color: (id: string) => string, spread: Spread): Bar[] {
  const bars: Bar[] = [];
  const groups = new Map<string, number[]>();
  for (const { id, name, group } of runs) {
    const value = values.get(id);
    if (value === undefined) continue;
    if (group === undefined) bars.push({ id, name, color: color(id), value });
    else if (Number.isFinite(value)) groups.set(group, [...(groups.get(group) ?? []), value]);
  }
  for (const [name, members] of groups) bars.push({ id: name, name, color: color(name), ...summary(members, spread) });
  return bars.sort(byValue);
}

/** Returns a bar for each bucket: how many runs it has. */
export function countBars(buckets: readonly Bucket[], color: string): Bar[] {
  return buckets.map(({ name, ids }) => ({ id: name, name, color, value: ids.length }));
}

/** Orders bars, the greatest value first; what is no number stands where 0 would. */
export function byValue(one: Bar, other: Bar): number {
  return (other.value || 0) - (one.value || 0);
}

/** Returns the mean of numbers, and how far they spread around it: to the lowest and highest, or one standard deviation (of a sample). */
function summary(values: readonly number[], spread: Spread): { value: number; spread: [number, number] } {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  if (spread === "range") return { value: mean, spread: [Math.min(...values), Math.max(...values)] };
  const deviation = values.length > 1 ? Math.sqrt(values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1)) : 0;
  return { value: mean, spread: [mean - deviation, mean + deviation] };
}

/** Returns what the bars stand on: from zero, so that lengths can be compared. */
export function barRange(bars: readonly Bar[]): [low: number, high: number] {
  const values = bars.flatMap(({ value, spread }) => [value, ...(spread ?? [])]).filter(Number.isFinite);
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  return low === high ? [0, 1] : [low, high];
}
