/** What the runs of the page have logged: the keys that can become columns, orders and conditions. */

import { useMemo } from "react";
import { useCall } from "@/api/live";
import type { RunKeys } from "@/api/types";
import { useExperimentState } from "../state";

const OFTEN = 3_000;
const MOST = 1_000;

/** Returns the keys of the page's experiments, those of the most runs first; undefined until they are known. */
export function useKeys(search = ""): RunKeys | undefined {
  const { experimentIds, search: state } = useExperimentState();
  const deleted = state.deleted ?? false;
  const request = useMemo(
    () => ({
      experiment_ids: experimentIds,
      max_keys: MOST,
      ...(search ? { search } : {}),
      ...(deleted ? { run_view_type: "DELETED_ONLY" } : {}),
    }),
    [experimentIds, search, deleted],
  );
  return useCall("get_run_keys", request, { every: OFTEN }).data;
}
