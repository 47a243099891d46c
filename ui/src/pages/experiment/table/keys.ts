/** What the runs of the page have logged: the keys that can become columns, orders and conditions. */

import { useEffect, useMemo, useState } from "react";
import { useCall } from "@/api/live";
import type { RunKeys } from "@/api/types";
import { useNarrow } from "@/data/window";
import { useExperimentState } from "../state";
import { chooseColumns } from "./columns";
import { keysRequest } from "./keys-request";

const OFTEN = 3_000;

/** Milliseconds between two looks where one look costs the server about a second. */
const SELDOM = 30_000;
const MANY_CELLS = 100_000;
const MANY_RUNS = 20_000;

/** Returns the keys of the page's experiments, those of the most runs first; undefined until they are known. */
export function useKeys(search = "", enabled = true): RunKeys | undefined {
  const { experimentIds, search: state } = useExperimentState();
  const deleted = state.deleted ?? false;
  const request = useMemo(() => keysRequest(experimentIds, deleted, search), [experimentIds, deleted, search]);
  const [isLarge, setIsLarge] = useState(false);
  const { data } = useCall("get_run_keys", request, { every: isLarge ? SELDOM : OFTEN, enabled, keep: enabled });
  useEffect(() => {
    if (data) setIsLarge(data.runs > MANY_RUNS || data.runs * (data.metric_count + data.param_count) > MANY_CELLS);
  }, [data]);
  return data;
}

const NONE: string[] = [];

/** Returns the columns of the page: those of the URL, or the table's own choice. */
export function useChosenColumns(keys: RunKeys | undefined): readonly string[] {
  const { columns } = useExperimentState().search;
  const isNarrow = useNarrow();
  // Of very many metrics only some are known: those by which runs are judged are looked for by their names.
  const isCut = keys !== undefined && keys.metric_count > keys.metrics.length && !columns;
  const losses = useKeys("loss", isCut)?.metrics;
  const scores = useKeys("acc", isCut)?.metrics;
  return useMemo(() => {
    if (columns) return columns;
    if (!keys) return NONE;
    const known = new Map([...keys.metrics, ...(isCut ? [...(losses ?? []), ...(scores ?? [])] : [])].map((metric) => [metric.key, metric]));
    return chooseColumns({ ...keys, metrics: [...known.values()] }, isNarrow);
  }, [columns, isNarrow, keys, isCut, losses, scores]);
}
