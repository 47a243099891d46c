/** Long lists that come page by page. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { call, type CallError, type CallName } from "./client";
import { CALM } from "./live";
import type { Calls } from "./types";

/** Calls whose answers come in pages. */
export type PagedName = {
  [K in CallName]: Calls[K]["request"] extends { page_token?: string | null }
    ? Calls[K]["response"] extends { next_page_token?: string | null }
      ? K
      : never
    : never;
}[CallName];

export interface Pages<Item> {
  items: Item[];
  /** How many there are on all pages, where the call says that. */
  total: number;
  error: CallError | null;
  isPending: boolean;
  hasMore: boolean;
  loadMore: () => void;
}

/**
 * Reads a list page by page; the pages that are there stay fresh.
 *
 * @param take Takes the items out of a page.
 */
export function usePages<K extends PagedName, Item>(
  name: K,
  request: Calls[K]["request"],
  take: (page: Calls[K]["response"]) => Item[],
  every: number | false = CALM,
): Pages<Item> {
  const { data, error, isPending, hasNextPage, fetchNextPage } = useInfiniteQuery<
    Calls[K]["response"],
    CallError,
    { pages: Calls[K]["response"][] },
    readonly unknown[],
    string | null
  >({
    queryKey: [name, request, "pages"],
    queryFn: ({ pageParam, signal }) => call(name, { ...request, page_token: pageParam }, signal),
    initialPageParam: null,
    getNextPageParam: (page) => (page as { next_page_token?: string | null }).next_page_token ?? null,
    refetchInterval: every,
    placeholderData: (before) => before,
  });
  const items = data?.pages.flatMap(take) ?? [];
  return {
    items,
    total: (data?.pages.at(-1) as { total?: number } | undefined)?.total ?? items.length,
    error,
    isPending,
    hasMore: hasNextPage,
    loadMore: () => void fetchNextPage(),
  };
}
