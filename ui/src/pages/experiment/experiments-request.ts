import type { Calls } from "@/api/types";

const MOST = 20_000;

/** Returns the request for the experiments of the sidebar. */
export function experimentsRequest(isOfDeleted: boolean): Calls["search_experiments"]["request"] {
  return { max_results: MOST, ...(isOfDeleted ? { view_type: "DELETED_ONLY" } : {}) };
}
