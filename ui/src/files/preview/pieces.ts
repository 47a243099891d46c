/** The pieces of a text that have been read so far. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { CallError } from "@/api/client";
import { type FileOwner, isText, type Piece, readPiece } from "../content";

export const PIECE = 256 * 1024;

export interface TextPieces {
  /** The text from the beginning to as far as it was read. */
  text: string;
  /** Bytes of the whole file. */
  size: number;
  isRead: boolean;
  /** Whether it is a text at all. */
  isText: boolean;
  isWhole: boolean;
  isReading: boolean;
  readMore: () => void;
  error: CallError | null;
}

/** Reads a text piece by piece from its beginning. */
export function useTextPieces(owner: FileOwner, path: string, piece = PIECE): TextPieces {
  const { data, error, isFetchingNextPage, fetchNextPage } = useInfiniteQuery<
    Piece,
    CallError,
    { pages: Piece[] },
    readonly unknown[],
    number
  >({
    queryKey: ["file", owner, path, piece],
    queryFn: ({ pageParam, signal }) => readPiece(owner, path, pageParam, pageParam + piece, signal),
    initialPageParam: 0,
    getNextPageParam: (_, pages) => {
      const read = pages.reduce((sum, { bytes }) => sum + bytes.length, 0);
      return read < pages[0]!.size ? read : undefined;
    },
    staleTime: 10_000,
  });
  const text = useMemo(() => {
    const decoder = new TextDecoder();
    return data?.pages.map(({ bytes }) => decoder.decode(bytes, { stream: true })).join("") ?? "";
  }, [data]);
  const size = data?.pages[0]?.size ?? 0;
  const read = data?.pages.reduce((sum, { bytes }) => sum + bytes.length, 0) ?? 0;
  return {
    text,
    size,
    isRead: data !== undefined,
    isText: data ? isText(data.pages[0]!.bytes) : true,
    isWhole: data !== undefined && read >= size,
    isReading: isFetchingNextPage,
    readMore: () => void fetchNextPage(),
    error,
  };
}
