/** The runs whose charts are drawn. */

import { useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";
import { CALM, useCall } from "@/api/live";
import { quoteText } from "@/app/matching";
import { toNumber } from "@/data/numbers";
import { groupColor, runColor } from "@/data/run-colors";

export interface ChartRun {
  id: string;
  name: string;
  /** Whether points may still arrive. */
  isLive: boolean;
  /** When it began, in milliseconds since the epoch; null if that is not known. */
  start: number | null;
  /** Name of its group, where runs are grouped. */
  group?: string;
}

/** Returns the colours of runs, which are the same in every table and chart. */
export function useRunColor(): (id: string) => string {
  const scheme = useComputedColorScheme();
  return useMemo(() => (id: string) => runColor(id, scheme), [scheme]);
}

/** Returns the colours of runs, or of their groups, by id or name; groups are told apart as well as can be. */
export function useColors(runs: readonly ChartRun[]): (id: string) => string {
  const scheme = useComputedColorScheme();
  return useMemo(() => {
    const places = new Map(groupNames(runs).map((name, at) => [name, at]));
    return (id: string) => {
      const at = places.get(id);
      return at === undefined ? runColor(id, scheme) : groupColor(at, scheme);
    };
  }, [runs, scheme]);
}

/** Returns the names of the groups of runs, in the order in which they are shown. */
export function groupNames(runs: readonly ChartRun[]): string[] {
  const names = new Set(runs.flatMap(({ group }) => (group === undefined ? [] : [group])));
  return [...names].sort(new Intl.Collator("en", { numeric: true }).compare);
}

/** Returns the names of groups by the ids of their runs. */
export function groupsByRun(runs: readonly ChartRun[]): ReadonlyMap<string, string> {
  return new Map(runs.flatMap(({ id, group }) => (group === undefined ? [] : [[id, group] as const])));
}

/** Columns of runs by their names (`metrics.loss`, `params.lr`), each by the run's id. */
export interface RunValues {
  numbers: ReadonlyMap<string, ReadonlyMap<string, number>>;
  texts: ReadonlyMap<string, ReadonlyMap<string, string>>;
  isLoading: boolean;
  /** Whether they are still those of what was asked before. */
  isOlder: boolean;
}

/** Returns a filter that finds certain runs. */
export function filterOfRuns(ids: readonly string[]): string {
  return `run_id IN (${ids.map(quoteText).join(", ")})`;
}

/** Returns columns of runs; of a param also its numbers, where it has some. */
export function useRunValues(experimentIds: readonly string[], ids: readonly string[], columns: readonly string[]): RunValues {
  const wanted = useMemo(() => [...new Set(columns)].sort(), [columns]);
  const { data, isLoading, isPlaceholderData: isOlder } = useCall(
    "get_run_window",
    { experiment_ids: [...experimentIds], filter: filterOfRuns(ids), run_view_type: "ALL", max_results: Math.max(1, ids.length), columns: wanted },
    { every: CALM, enabled: ids.length > 0 && wanted.length > 0 },
  );
  return useMemo(() => {
    const numbers = new Map<string, Map<string, number>>();
    const texts = new Map<string, Map<string, string>>();
    for (const [column, values] of Object.entries(data?.numbers ?? {})) {
      numbers.set(column, new Map(values.flatMap((value, at) => (value === null ? [] : [[data!.run_id[at]!, toNumber(value)] as const]))));
    }
    for (const [column, values] of Object.entries(data?.texts ?? {})) {
      const byRun = new Map(values.flatMap((value, at) => (value === null ? [] : [[data!.run_id[at]!, value] as const])));
      texts.set(column, byRun);
      const read = readNumbers(byRun);
      if (read) numbers.set(column, read);
    }
    return { numbers, texts, isLoading, isOlder };
  }, [data, isLoading, isOlder]);
}

/** Returns texts as numbers if all of them are. */
function readNumbers(texts: ReadonlyMap<string, string>): Map<string, number> | null {
  const numbers = new Map<string, number>();
  for (const [id, text] of texts) {
    const value = text.trim() === "" ? NaN : Number(text);
    if (Number.isNaN(value)) return null;
    numbers.set(id, value);
  }
  return numbers.size ? numbers : null;
}

/** Returns the runs with the names of their groups: the values of columns; the same runs if there are none. */
export function useGroups(runs: readonly ChartRun[], experimentIds: readonly string[], columns: readonly string[]): readonly ChartRun[] {
  const ids = useMemo(() => (columns.length ? runs.map(({ id }) => id) : []), [runs, columns]);
  const { texts, numbers, isLoading } = useRunValues(experimentIds, ids, columns);
  return useMemo(() => {
    if (!columns.length || isLoading) return runs;
    const valueOf = (column: string, id: string): string => texts.get(column)?.get(id) ?? numbers.get(column)?.get(id)?.toString() ?? "not set";
    return runs.map((run) => ({ ...run, group: columns.map((column) => valueOf(column, run.id)).join(" · ") }));
  }, [runs, columns, texts, numbers, isLoading]);
}
