/** Which runs are selected: they stand in the URL, the charts show them, and the bar of actions is about them. */

import { useMemo, useRef } from "react";
import { useExperimentState } from "../state";
import type { RunRows } from "./rows";

export interface Selection {
  count: number;
  has: (runId: string) => boolean;
  /** Selects the run of a row, or no longer. */
  toggle: (row: number) => void;
  /** Selects all rows from the last one that was toggled to this one. */
  extend: (row: number) => void;
  /** Selects the first rows of the table, as many as are there, or none if any is selected. */
  toggleAll: () => void;
}

/** More do not fit into a URL that can be sent around. */
export const MOST_SELECTED = 1_000;

export function useSelection(rows: RunRows): Selection {
  const { search, change } = useExperimentState();
  const anchor = useRef(0);
  const selected = useMemo(() => new Set(search.selected), [search.selected]);
  const set = (ids: ReadonlySet<string>): void => {
    change({ selected: ids.size ? [...ids].slice(0, MOST_SELECTED) : undefined });
  };
  const range = (from: number, to: number): string[] => {
    const ids = [];
    for (let row = from; row <= to && ids.length < MOST_SELECTED; row++) {
      const { run } = rows.at(row);
      if (run) ids.push(run.id);
    }
    return ids;
  };
  return {
    count: selected.size,
    has: (runId) => selected.has(runId),
    toggle(row) {
      const run = row >= 0 && row < rows.size ? rows.at(row).run : undefined;
      if (!run) return;
      anchor.current = row;
      const next = new Set(selected);
      if (!next.delete(run.id)) next.add(run.id);
      set(next);
    },
    extend: (row) => set(new Set([...selected, ...range(Math.min(row, anchor.current), Math.max(row, anchor.current))])),
    toggleAll: () => set(selected.size ? new Set() : new Set(range(0, rows.size - 1))),
  };
}
