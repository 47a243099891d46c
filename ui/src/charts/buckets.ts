/** Runs by what they have in a column. */

import { formatNumber } from "@/data/numbers";
import type { RunValues } from "./runs";

export interface Bucket {
  /** The value, or the range of values, that its runs share. */
  name: string;
  ids: string[];
}

export const NOT_SET = "not set";

/** Numbers with more different values than this are put into ranges. */
const MOST_VALUES = 12;
const RANGES = 6;

const { compare } = new Intl.Collator("en", { numeric: true });

/** Returns runs by their values in a column, in the values' order; many different numbers by ranges of about as many runs each. */
export function bucketsOf(ids: readonly string[], { numbers, texts }: Pick<RunValues, "numbers" | "texts">, column: string): Bucket[] {
  const read = numbers.get(column);
  const given = texts.get(column);
  const unset = ids.filter((id) => !(read ?? given)?.has(id));
  const buckets = read ? numberBuckets(ids, read) : textBuckets(ids, given ?? new Map());
  return unset.length ? [...buckets, { name: NOT_SET, ids: unset }] : buckets;
}

function textBuckets(ids: readonly string[], texts: ReadonlyMap<string, string>): Bucket[] {
  const buckets = new Map<string, string[]>();
  for (const id of ids) {
    const text = texts.get(id);
    if (text === undefined) continue;
    const members = buckets.get(text);
    if (members) members.push(id);
    else buckets.set(text, [id]);
  }
  return [...buckets].map(([name, ids]) => ({ name: name || "(empty)", ids })).sort((one, other) => compare(one.name, other.name));
}

function numberBuckets(ids: readonly string[], numbers: ReadonlyMap<string, number>): Bucket[] {
  const ordered = ids.filter((id) => numbers.has(id)).sort((one, other) => numbers.get(one)! - numbers.get(other)!);
  const values = ordered.map((id) => numbers.get(id)!);
  const distinct = [...new Set(values)];
  // Where a bucket ends: after each value, or after each share of the runs that no value is cut by.
  const isEnd =
    distinct.length <= MOST_VALUES
      ? (at: number): boolean => values[at] !== values[at - 1]
      : (at: number, start: number): boolean => values[at] !== values[at - 1] && at - start >= (ordered.length - start) / (RANGES - made.length);
  const made: Bucket[] = [];
  for (let start = 0; start < ordered.length; ) {
    let end = start + 1;
    while (end < ordered.length && !isEnd(end, start)) end++;
    const [from, to] = [values[start]!, values[end - 1]!];
    made.push({ name: from === to ? formatNumber(from) : `${formatNumber(from, 2)} – ${formatNumber(to, 2)}`, ids: ordered.slice(start, end) });
    start = end;
  }
  return made;
}
