/** Which runs the charts show: the selected ones, or else the first of the table, in its order. */

import { useMemo } from "react";
import { LIVE, useCall } from "@/api/live";
import { quoteText } from "@/app/matching";
import { useExperimentState } from "./state";

export interface ShownRun {
  run_id: string;
  experiment_id: string;
  name: string;
  status: string;
  start_time: number | null;
  end_time: number | null;
}

export interface ShownRuns {
  /** Without those that are hidden. */
  runs: ShownRun[];
  /** How many there would be without a limit. */
  total: number;
  isLoading: boolean;
}

const NONE: ShownRun[] = [];
const NO_IDS: string[] = [];

/**
 * Returns the runs that charts show.
 *
 * @param most How many runs of the table are shown if none are selected, 1,000 at most.
 */
export function useShownRuns(most = 20): ShownRuns {
  const { experimentIds, search } = useExperimentState();
  const { selected = NO_IDS, hidden = NO_IDS, order, deleted } = search;
  const filter = selected.length ? `run_id IN (${selected.map(quoteText).join(", ")})` : search.filter;
  const { data, isLoading } = useCall(
    "get_run_window",
    {
      experiment_ids: experimentIds,
      ...(filter ? { filter } : {}),
      ...(order ? { order_by: order } : {}),
      ...(deleted ? { run_view_type: "DELETED_ONLY" } : {}),
      max_results: selected.length || most,
    },
    { every: LIVE },
  );
  const runs = useMemo(() => {
    if (!data) return NONE;
    const left = new Set(hidden);
    const all = data.run_id.map((run_id, at) => ({
      run_id,
      experiment_id: data.experiment_id[at]!,
      name: data.run_name[at] || run_id.slice(0, 8),
      status: data.status[at]!,
      start_time: data.start_time[at]!,
      end_time: data.end_time[at]!,
    }));
    return all.filter(({ run_id }) => !left.has(run_id));
  }, [data, hidden]);
  return { runs, total: data?.total ?? 0, isLoading };
}
