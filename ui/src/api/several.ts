/** Several calls at once: apart from the one call that each page makes, for few pages need it. */

import { useQueries } from "@tanstack/react-query";
import type { CallName } from "./client";
import { sharedCall } from "./live";
import type { Calls } from "./types";

/** Makes calls once each, and returns their answers in this order; undefined for those that are on their way, or failed. */
export function useCalls<K extends CallName>(name: K, requests: readonly Calls[K]["request"][]): readonly (Calls[K]["response"] | undefined)[] {
  return useQueries({ queries: requests.map((request) => ({ ...sharedCall(name, request), staleTime: Infinity })), combine: dataOf });
}

function dataOf<T>(results: readonly { data: T | undefined }[]): (T | undefined)[] {
  return results.map(({ data }) => data);
}
