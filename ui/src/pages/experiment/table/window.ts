/** What the table asks the server: a part of its rows, with the columns that are in sight. */

import { call } from "@/api/client";
import type { RunWindow } from "@/api/types";
import { quoteText } from "@/app/matching";
import { toNumber } from "@/data/numbers";
import { columnName, parseField } from "./fields";

/** A value of a run: a number for metrics and times, a text for everything else, null where there is none. */
export type Cell = number | string | null;

export interface WindowRequest {
  experimentIds: readonly string[];
  filter: string;
  order: readonly string[];
  isDeleted: boolean;
  /** Whether runs are left out whose parents are found too. */
  roots: boolean;
  offset: number;
  count: number;
  /** Fields of metrics, params and tags. */
  fields: readonly string[];
  /** Whether the order is to be found anew, because it was just changed. */
  isFresh: boolean;
  /** Token of an earlier answer to the same request: what has not changed since is not sent. */
  known?: string;
}

/** What a run is, without what it logged; times in milliseconds since the epoch. */
export interface RunBase {
  id: string;
  experimentId: string;
  name: string;
  user: string;
  status: string;
  isLost: boolean;
  startTime: number | null;
  endTime: number | null;
  parentId: string | null;
  /** Number of its direct children. */
  children: number;
}

export interface WindowAnswer {
  /** How many runs there are in all. */
  total: number;
  token: string;
  /** Whether nothing has changed since the known answer; there are no runs then. */
  isUnchanged: boolean;
  runs: RunBase[];
  /** For each field of the request its values, one for each run. */
  columns: Cell[][];
}

const PARENT = "mlflow.parentRunId";

/** Returns the condition that finds the children of a run. */
export function childrenOf(runId: string): string {
  return `tags.${PARENT} = ${quoteText(runId)}`;
}

/** Fetches rows from `offset` on; throws `CallError`. */
export async function fetchWindow(request: WindowRequest, signal?: AbortSignal): Promise<WindowAnswer> {
  const { filter } = request;
  const columns = request.fields.map((field) => columnName(parseField(field)));
  const answer = await call(
    "get_run_window",
    {
      experiment_ids: [...request.experimentIds],
      ...(filter ? { filter } : {}),
      ...(request.roots ? { roots: true } : {}),
      ...(request.isDeleted ? { run_view_type: "DELETED_ONLY" } : {}),
      order_by: [...request.order],
      offset: request.offset,
      max_results: request.count,
      columns,
      ...(request.isFresh ? { fresh: true } : {}),
      ...(request.known ? { known: request.known } : {}),
    },
    signal,
  );
  return {
    total: answer.total,
    token: answer.token,
    isUnchanged: answer.unchanged,
    runs: answer.run_id.map((_, at) => runAt(answer, at)),
    columns: columns.map((name) => answer.texts[name] ?? answer.numbers[name]?.map((value) => (value === null ? null : toNumber(value))) ?? []),
  };
}

function runAt(answer: RunWindow, at: number): RunBase {
  return {
    id: answer.run_id[at]!,
    experimentId: answer.experiment_id[at]!,
    name: answer.run_name[at] || answer.run_id[at]!.slice(0, 8),
    user: answer.user_id[at]!,
    status: answer.status[at]!,
    isLost: answer.is_lost[at]!,
    startTime: answer.start_time[at]!,
    endTime: answer.end_time[at]!,
    parentId: answer.parent_run_id[at]!,
    children: answer.children[at]!,
  };
}
