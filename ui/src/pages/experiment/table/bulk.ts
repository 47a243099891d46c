/** Changes of many runs at once, each of which its notice takes back. */

import { call } from "@/api/client";
import { queryClient } from "@/api/live";
import type { RunsChanged } from "@/api/types";
import { notify, notifyFailure } from "@/app/notices";
import { formatInteger } from "@/data/numbers";
import type { RunRows } from "./rows";

/** Which runs are changed: these, or all that a search finds. */
export type RunsScope = { run_ids: string[] } | { experiment_ids: string[]; filter?: string };

/**
 * Makes a change, says what became of it, and offers to take it back.
 *
 * @param said What was done, as it is told with the number of runs: "Deleted".
 * @returns Whether it was made.
 */
export async function changeRuns(rows: RunRows, said: string, make: () => Promise<RunsChanged>): Promise<boolean> {
  try {
    const { operation_id: id, runs = 0 } = await make();
    refresh(rows);
    const text = `${said} ${countRuns(runs)}`;
    notify(text, id ? { action: { label: "Undo", run: () => void undo(rows, id) } } : {});
    return true;
  } catch (error) {
    notifyFailure(error);
    return false;
  }
}

async function undo(rows: RunRows, operation_id: string): Promise<void> {
  try {
    const { runs = 0 } = await call("undo_operation", { operation_id });
    refresh(rows);
    notify(`Taken back for ${countRuns(runs)}`);
  } catch (error) {
    notifyFailure(error);
  }
}

function refresh(rows: RunRows): void {
  rows.reload(true);
  void queryClient.invalidateQueries();
}

export function countRuns(runs: number): string {
  return `${formatInteger(runs)} ${runs === 1 ? "run" : "runs"}`;
}
