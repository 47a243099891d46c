/** The rows of the pages that were opened last: they stand there at once when the reader comes back. */

import type { ExperimentSearch } from "../search";
import { type Query, RunRows } from "./rows";

const kept = new Map<string, RunRows>();
const KEPT = 4;

/** Returns the rows of experiments, those that were there before if the reader comes back. */
export function rowsOf(experimentIds: readonly string[]): RunRows {
  const ids = experimentIds.join();
  const found = kept.get(ids) ?? new RunRows();
  kept.delete(ids);
  kept.set(ids, found);
  if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
  return found;
}

/** Returns which rows a page shows. */
export function rowsQuery(experimentIds: readonly string[], { filter = "", order, deleted = false, flat = false }: ExperimentSearch): Query {
  return { experimentIds, filter, order: order ?? [], isDeleted: deleted, isTree: !flat };
}
