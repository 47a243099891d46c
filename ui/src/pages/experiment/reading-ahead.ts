/** What the table of runs reads first, asked for before anything is drawn. */

import { call } from "@/api/client";
import { queryClient } from "@/api/live";
import type { ExperimentSearch } from "./search";
import { keysRequest } from "./table/keys";
import { rowsOf, rowsQuery } from "./table/table-hooks";

/** Begins to read an experiment; the page finds what has come, or is on its way. */
export function readAhead(experimentId: string, search: ExperimentSearch): void {
  const experimentIds = experimentId.split(",");
  const request = keysRequest(experimentIds, search.deleted ?? false);
  void queryClient.prefetchQuery({ queryKey: ["get_run_keys", request], queryFn: ({ signal }) => call("get_run_keys", request, signal) });
  rowsOf(experimentIds).setQuery(rowsQuery(experimentIds, search));
}
