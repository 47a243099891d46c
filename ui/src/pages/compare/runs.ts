/** What is read of the runs that are compared. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { call, CallError } from "@/api/client";
import { CALM, LIVE, useCall } from "@/api/live";
import type { Run, SessionContext } from "@/api/types";
import { filterOfRuns } from "@/charts/runs";
import { factsOf, type Facts, PARTS } from "./facts";

export interface ComparedRun {
  id: string;
  name: string;
  experimentId: string;
  run: Run;
  facts: Facts;
}

export interface ComparedRuns {
  /** In the order of the ids. */
  runs: ComparedRun[];
  experimentIds: string[];
  /** Ids of which the server knows no run. */
  missing: string[];
  isLoading: boolean;
  error: CallError | null;
}

/** A run's context changes only when it is started again. */
const CONTEXT_STALE = 60_000;

/** So many contexts come in one call. */
const CONTEXTS = 500;

/** Returns runs with all that is known of them. */
export function useComparedRuns(ids: readonly string[]): ComparedRuns {
  const experiments = useCall("search_experiments", { max_results: 50_000, view_type: "ALL" }, { enabled: ids.length > 0 });
  const known = useMemo(() => experiments.data?.experiments?.map(({ experiment_id }) => experiment_id) ?? [], [experiments.data]);
  const found = useCall(
    "search_runs",
    { experiment_ids: known, filter: filterOfRuns(ids), run_view_type: "ALL", max_results: Math.max(1, ids.length) },
    { enabled: ids.length > 0 && known.length > 0, every: ids.length > 20 ? CALM : LIVE },
  );
  const { data: contexts } = useQuery({
    queryKey: ["get_run_contexts", ids],
    queryFn: ({ signal }) => readContexts(ids, signal),
    enabled: ids.length > 0,
    staleTime: CONTEXT_STALE,
    placeholderData: keepPreviousData,
  });
  const remembered = useMemo(() => new Map<string, { run: Run; sessions: SessionContext[] | undefined; facts: Facts }>(), []);
  return useMemo(() => {
    const byId = new Map(found.data?.runs?.map((run) => [run.info.run_id, run]));
    const runs = ids.flatMap((id): ComparedRun[] => {
      const run = byId.get(id);
      if (!run) return [];
      const sessions = contexts?.get(id);
      const before = remembered.get(id);
      const facts = before?.run === run && before.sessions === sessions ? before.facts : factsOf(run, sessions);
      remembered.set(id, { run, sessions, facts });
      return [{ id, name: run.info.run_name || id.slice(0, 8), experimentId: run.info.experiment_id, run, facts }];
    });
    const isLoading = ids.length > 0 && !found.data && !found.error && !experiments.error;
    return {
      runs,
      experimentIds: [...new Set(runs.map(({ experimentId }) => experimentId))],
      missing: isLoading || found.isPlaceholderData ? [] : ids.filter((id) => !byId.has(id)),
      isLoading,
      error: found.error ?? experiments.error,
    };
  }, [ids, found.data, found.error, found.isPlaceholderData, experiments.error, contexts, remembered]);
}

/** Returns the contexts of runs by their ids, with the texts of their parts. */
async function readContexts(ids: readonly string[], signal: AbortSignal): Promise<Map<string, SessionContext[]>> {
  const found = new Map<string, SessionContext[]>();
  for (let start = 0; start < ids.length; start += CONTEXTS) {
    const { runs, contents } = await call("get_run_contexts", { run_ids: ids.slice(start, start + CONTEXTS), parts: PARTS }, signal);
    const withText = (session: SessionContext): SessionContext => ({
      ...session,
      parts: (session.parts ?? []).map((part) => (part.digest in contents ? { ...part, content: contents[part.digest]! } : part)),
    });
    for (const { run_id, sessions } of runs) found.set(run_id, sessions.map(withText));
  }
  return found;
}
