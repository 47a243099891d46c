import type { Calls } from "@/api/types";

const MOST = 1_000;

/** Returns what is asked for the keys of experiments: all, or those that have a text in their name. */
export function keysRequest(experimentIds: readonly string[], isDeleted: boolean, search = ""): Calls["get_run_keys"]["request"] {
  return { experiment_ids: [...experimentIds], max_keys: MOST, ...(search ? { search } : {}), ...(isDeleted ? { run_view_type: "DELETED_ONLY" } : {}) };
}
