/** What is read of images: which series the runs have, and of those in sight the images themselves. */

import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { call } from "@/api/client";
import { CALM, queryClient } from "@/api/live";
import type { ImageKey, ImageKeys, ImageSeries } from "@/api/types";
import type { ChartRun } from "../runs";

/** Milliseconds between two looks while runs run: images are logged less often than points. */
const LIVE_IMAGES = 2_000;

/** The server answers what it has read within a second; the rest is asked for at once. */
const UNREAD = 200;

const MOST_RUNS = 1000;
const RUNS_PER_CALL = 10;
const KEPT_SERIES = 2_000;

const NO_KEYS: ImageKey[] = [];

/** Returns the series that runs have, the same list as long as nothing of it changes. */
export function useImageKeys(experimentIds: readonly string[], runs: readonly ChartRun[]): ImageKey[] {
  const ids = useMemo(() => runs.slice(0, MOST_RUNS).map(({ id }) => id), [runs]);
  const isLive = runs.some((run) => run.isLive);
  const queryKey = ["get_image_keys", experimentIds, ids];
  const { data } = useQuery<ImageKeys>({
    queryKey,
    queryFn: async ({ signal }) => {
      const before = queryClient.getQueryData<ImageKeys>(queryKey);
      const request = { experiment_ids: [...experimentIds], run_ids: ids, ...(before ? { known: before.token } : {}) };
      const answer = await call("get_image_keys", request, signal);
      return answer.unchanged && before ? { ...answer, keys: before.keys } : answer;
    },
    enabled: ids.length > 0,
    refetchInterval: ({ state }) => (state.data?.unread ? UNREAD : isLive ? LIVE_IMAGES : CALM),
    placeholderData: keepPreviousData,
  });
  return ids.length ? (data?.keys ?? NO_KEYS) : NO_KEYS;
}

interface Found {
  mark: string;
  /** Null where the run has no such series. */
  series: ImageSeries | null;
}

/** The series that were fetched, each once, in the order of their use. */
const found = new Map<string, Found>();

/** Returns the images of a series by the ids of the runs that are in sight; what is not there yet is undefined. */
export function useRunImages(experimentIds: readonly string[], key: string, runs: readonly ChartRun[]): (runId: string) => ImageSeries | null | undefined {
  const blocks = useMemo(() => {
    const made: ChartRun[][] = [];
    for (let start = 0; start < runs.length; start += RUNS_PER_CALL) made.push(runs.slice(start, start + RUNS_PER_CALL));
    return made;
  }, [runs]);
  const changes = useQueries({
    queries: blocks.map((block) => {
      const ids = block.map(({ id }) => id);
      return {
        queryKey: ["get_run_images", experimentIds, key, ids],
        queryFn: ({ signal }: { signal: AbortSignal }) => fetchImages(experimentIds, key, ids, signal),
        refetchInterval: (query: { state: { data?: Fetched | undefined } }) =>
          query.state.data?.unread ? UNREAD : block.some((run) => run.isLive) ? LIVE_IMAGES : CALM,
      };
    }),
    combine: (results) => results.map(({ data }) => data?.change ?? 0).join(" "),
  });
  return useMemo(() => (runId: string) => found.get(nameOf(key, runId))?.series, [key, changes]);
}

interface Fetched {
  /** Another number whenever something has changed. */
  change: number;
  unread: number;
}

let changes = 0;

async function fetchImages(experimentIds: readonly string[], key: string, ids: string[], signal: AbortSignal): Promise<Fetched> {
  const known = ids.map((id) => found.get(nameOf(key, id))?.mark ?? "");
  const answer = await call("get_run_images", { experiment_ids: [...experimentIds], run_ids: ids, key, known }, signal);
  for (const { run_id: id, mark, series } of answer.runs) {
    found.delete(nameOf(key, id)); // and set again: the order of the map is the order of use
    found.set(nameOf(key, id), { mark, series: series[0] ?? null });
  }
  for (const name of found.keys()) {
    if (found.size <= KEPT_SERIES) break;
    found.delete(name);
  }
  if (answer.runs.length) changes++;
  return { change: changes, unread: answer.unread.length };
}

function nameOf(key: string, runId: string): string {
  return `${key}\n${runId}`;
}
