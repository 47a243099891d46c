/** Which of many pictures are in sight: in one row that scrolls sideways, or in rows that fill the width. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type RefObject, useEffect, useMemo, useRef } from "react";

const GAP = 8;
const PADDING = 12;

export interface Tile {
  index: number;
  x: number;
  y: number;
}

export interface Tiles {
  box: RefObject<HTMLDivElement | null>;
  /** Those in sight, and a few beside. */
  tiles: Tile[];
  /** Pixels of all of them. */
  width: number;
  height: number;
}

interface TilesOptions {
  count: number;
  /** Pixels of one picture with its caption. */
  tile: { width: number; height: number };
  /** Pixels of the panel. */
  room: number;
  isWrapped: boolean;
  /** The one that must be in sight at first, and whenever it becomes another one. */
  shown?: number;
}

export function useTiles({ count, tile, room, isWrapped, shown }: TilesOptions): Tiles {
  const box = useRef<HTMLDivElement>(null);
  const across = isWrapped ? Math.max(1, Math.floor((room - 2 * PADDING + GAP) / (tile.width + GAP))) : 1;
  const size = isWrapped ? tile.height : tile.width;
  const virtual = useVirtualizer({
    count: Math.ceil(count / across),
    horizontal: !isWrapped,
    getScrollElement: () => box.current,
    estimateSize: () => size,
    gap: GAP,
    paddingStart: isWrapped ? 0 : PADDING,
    paddingEnd: PADDING,
    overscan: 1,
  });
  useEffect(() => virtual.measure(), [size, virtual]);
  useEffect(() => {
    if (shown !== undefined) virtual.scrollToIndex(Math.floor(shown / across), { align: "auto" });
  }, [shown, across, virtual]);
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;
  const total = virtual.getTotalSize();
  return useMemo(() => {
    const place = (at: number): number => (isWrapped ? 0 : PADDING) + at * (size + GAP);
    const tiles: Tile[] = [];
    for (let index = first * across; index < Math.min(count, (last + 1) * across); index++) {
      const along = place(Math.floor(index / across));
      tiles.push(isWrapped ? { index, x: PADDING + (index % across) * (tile.width + GAP), y: along } : { index, x: along, y: 0 });
    }
    return { box, tiles, width: isWrapped ? room : total, height: isWrapped ? total : tile.height };
  }, [first, last, across, count, size, total, isWrapped, room, tile.width, tile.height]);
}

/** Moves the focus from picture to picture by the arrow keys. */
export function moveBetweenTiles(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const pictures = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-picture]")];
  const at = pictures.indexOf(document.activeElement as HTMLElement);
  const next = pictures[at + by];
  if (at < 0 || !next) return;
  event.preventDefault();
  next.focus();
}
