/** How React follows the rows of the table. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { LIVE } from "@/api/live";
import { useExperimentState } from "../state";
import { type Shape, shapeOf, valueOf } from "./cells";
import type { Column } from "./columns";
import type { RunRow } from "./level";
import { rowsOf, rowsQuery } from "./kept-rows";
import type { RunRows } from "./rows";

const SHAPED_BY = 400;

/** Returns the rows of the page, kept fresh while it is shown. */
export function useRunRows(): RunRows {
  const { experimentIds, search } = useExperimentState();
  const rows = useMemo(() => rowsOf(experimentIds), [experimentIds]);
  // The same query again changes nothing; another one is asked for before the browser paints what led to it.
  useLayoutEffect(() => rows.setQuery(rowsQuery(experimentIds, search)), [rows, experimentIds, search]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const poll = async (): Promise<void> => {
      const began = performance.now();
      if (!document.hidden) await rows.poll();
      // A server that takes long is asked less often.
      timer = setTimeout(poll, Math.max(LIVE, 2 * (performance.now() - began)));
    };
    void poll();
    return () => clearTimeout(timer);
  }, [rows]);
  return rows;
}

/** Renders again when the rows have changed. */
export function useRowsVersion(rows: RunRows): number {
  return useSyncExternalStore(rows.subscribe, rows.getVersion);
}

/** Returns how the values of these columns are written, told by the rows that are there. */
export function useShapes(rows: RunRows, columns: readonly Column[]): ReadonlyMap<string, Shape> {
  const version = useRowsVersion(rows);
  // A value that changes while it is looked at seldom needs another format, so this looks now and then.
  const [looked, setLooked] = useState(0);
  useEffect(() => {
    const timer = setTimeout(() => setLooked(version), 400);
    return () => clearTimeout(timer);
  }, [version]);
  const stamp = `${rows.generation} ${rows.arrivals} ${looked}`;
  const known = useRef(new Map<string, { stamp: string; shape: Shape }>());
  return useMemo(() => {
    let some: RunRow[] | undefined;
    const shapes = new Map<string, Shape>();
    for (const column of columns) {
      if (column.field.kind === "attribute") continue;
      let entry = known.current.get(column.id);
      if (entry?.stamp !== stamp) {
        some ??= rows.some(SHAPED_BY);
        const slot = rows.slot(column.id);
        entry = { stamp, shape: shapeOf(column, some.map((run) => valueOf(column, run, slot) ?? null)) };
        known.current.set(column.id, entry);
      }
      shapes.set(column.id, entry.shape);
    }
    return shapes;
  }, [rows, columns, stamp]);
}

/** Returns the time, anew each second. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
