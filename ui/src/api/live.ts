/** How often pages ask again. Points, runs and statuses arrive by themselves: nobody presses reload. */

import { type FetchQueryOptions, keepPreviousData, QueryClient, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { call, CallError, isReached, type CallName } from "./client";
import type { Calls } from "./types";

/** Milliseconds between two looks at what changes while runs run. A page in the background does not look. */
export const LIVE = 700;

/** The same for what changes by people's hands. */
export const CALM = 5_000;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      networkMode: "always", // a server on this machine answers without a network
      retry: (count, error) => count < 2 && (!(error instanceof CallError) || error.status === 0 || error.status >= 500),
      retryDelay: (attempt) => 400 * 2 ** attempt,
      refetchOnWindowFocus: true,
      staleTime: 500,
      gcTime: 10 * 60_000,
    },
  },
});

// What asks only once would stay failed when the server is there again.
isReached.subscribe(() => {
  if (isReached.get()) void queryClient.invalidateQueries({ predicate: ({ state }) => state.status === "error" });
});

export interface CallOptions {
  /** Milliseconds between two calls; false for one call only. */
  every?: number | false;
  enabled?: boolean;
  /** Whether the last answer stays while another one of changed fields is fetched (default: yes). */
  keep?: boolean;
}

/** Makes a call, keeps its answer fresh, and shares it between all who ask the same. */
export function useCall<K extends CallName>(
  name: K,
  request: Calls[K]["request"],
  { every = CALM, enabled = true, keep = true }: CallOptions = {},
): UseQueryResult<Calls[K]["response"], CallError> {
  return useQuery<Calls[K]["response"], CallError>({
    queryKey: [name, request],
    queryFn: ({ signal }) => call(name, request, signal),
    refetchInterval: every,
    enabled,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
  });
}

/** Makes a call whose answer will be asked for soon, unless there is a fresh one; resolves when it came or failed. */
export function prefetchCall<K extends CallName>(name: K, request: Calls[K]["request"]): Promise<void> {
  return queryClient.prefetchQuery(sharedCall(name, request));
}

/** Makes a call, unless there is a fresh answer, and returns the answer; throws `CallError`. */
export function fetchCall<K extends CallName>(name: K, request: Calls[K]["request"]): Promise<Calls[K]["response"]> {
  return queryClient.fetchQuery(sharedCall(name, request));
}

/** Returns a call as the cache takes it, under the name that {@link useCall} gives it too. */
export function sharedCall<K extends CallName>(name: K, request: Calls[K]["request"]): FetchQueryOptions<Calls[K]["response"], CallError> {
  return { queryKey: [name, request], queryFn: ({ signal }) => call(name, request, signal), staleTime: CALM };
}
