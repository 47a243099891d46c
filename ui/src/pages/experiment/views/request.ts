import type { ListViews } from "@/api/types";

/** Returns the request for the views of experiments: the same for all who ask. */
export function viewsOf(experimentIds: string[]): ListViews {
  return { experiment_ids: experimentIds, max_results: 1000 };
}
