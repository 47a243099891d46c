import { Button } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { lazy, memo, type ReactNode, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { notify } from "@/app/notices";
import { Empty } from "@/components/Empty";
import { formatCount } from "@/data/numbers";
import { Said } from "@/components/Said";
import { arrange, describe, MOST_PLACED, sectionsOf } from "./arrangement";
import { type Board, BoardContext, ChartContext, type Question, type Standing } from "./board";
import { layoutOf, toggleSection } from "./changes";
import classes from "./ChartBoard.module.css";
import { type Box, boxesOf, type Cell, countShown, type Grid, gridOf, HEAD, heightOf, layOut, type LayoutRow, titleOf } from "./layout";
import { SectionHead } from "./SectionHead";
import type { ChangeCharts, ChartState } from "./state";

const ArrangeDialog = lazy(() => import("./ArrangeDialog"));

interface ChartBoardProps {
  metrics: readonly string[];
  /** Names of series of images. */
  images: readonly string[];
  state: ChartState;
  change: ChangeCharts;
  /** Draws a chart of this name in so many pixels; must be the same function while nothing of it changes. */
  draw: (chart: string, width: number, height: number) => ReactNode;
}

/** Charts in sections, drawn when they come into view, and arranged by hand. */
export function ChartBoard({ metrics, images, state, change, draw }: ChartBoardProps) {
  const [box, width] = useWidth();
  const layer = useRef<HTMLDivElement>(null);
  const said = useRef<HTMLDivElement>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const [preview, setPreview] = useState<Pick<ChartState, "chartSizes"> | null>(null);
  const shown = useMemo(() => ({ ...state, ...preview }), [state, preview]);
  const { charts, sections: listed, find, toggled, hiddenCharts, chartSizes, chartColumns, chartHeight } = shown;
  useEffect(() => setPreview(null), [state.chartSizes]);
  const automatic = useMemo(() => sectionsOf(metrics, images), [metrics, images]);
  const isThere = useMemo(() => {
    const names = new Set([...automatic.values()].flat());
    return (chart: string) => names.has(chart);
  }, [automatic]);
  const sections = useMemo(() => arrange(automatic, { charts, sections: listed }), [automatic, charts, listed]);
  const count = useMemo(() => countShown(sections, { hiddenCharts, isThere }), [sections, hiddenCharts, isThere]);
  const grid = useMemo(() => gridOf(width, chartColumns, count), [width, chartColumns, count]);
  const { columns } = grid;
  const rows = useMemo(
    () => layOut(sections, { find, toggled, hiddenCharts, chartSizes, isThere, columns }),
    [sections, find, toggled, hiddenCharts, chartSizes, isThere, columns],
  );
  const placed = useMemo(() => placeRows(rows, grid, chartHeight), [rows, grid, chartHeight]);
  const virtual = useVirtualizer({
    count: width ? rows.length : 0,
    getScrollElement: () => box.current,
    estimateSize: (index) => placed.heights[index]!,
    overscan: 1,
  });
  useLayoutEffect(() => virtual.measure(), [placed, virtual]);
  const boxes = virtual.getVirtualItems().flatMap(({ index }) => (rows[index] ? boxesOf(rows[index], placed.tops[index]!, placed.heights[index]!, grid) : []));

  const moved = useRef<{ chart: string; focus: "grip" | "menu" } | null>(null);
  const isArranging = useRef(false);
  useAnchor({ boxes, rows, placed, grid, find, added: charts, box, layer, moved, isArranging, offset: () => virtual.scrollOffset ?? 0 });
  useLayoutEffect(() => {
    const { chart, focus } = moved.current ?? {};
    if (!chart || !focus) return;
    moved.current = null;
    said.current!.textContent = placeText(rows, chart);
    const card = layer.current!.querySelector(`[data-chart="${CSS.escape(chart)}"]`);
    // What is not drawn any more has no focus to give back: the next key begins with what is in view.
    const control = card?.querySelector<HTMLElement>(`[data-${focus}]`) ?? box.current!;
    control.focus({ preventScroll: true });
    if (focus === "grip") card?.scrollIntoView({ block: "nearest" });
  }, [rows, box]);

  const standing = useRef<Standing>(null);
  standing.current = { state, sections, rows, grid, boxes, scroll: box.current!, layer: layer.current! };
  const latestChange = useRef(change);
  latestChange.current = change;
  const board = useMemo((): Board => {
    const now = (): Standing => standing.current!;
    const apply = (changes: Partial<ChartState>): void => {
      isArranging.current = true;
      latestChange.current(changes);
    };
    return {
      now,
      arrange(arranged, by) {
        if (!arranged) {
          notify(`Only the first ${MOST_PLACED} charts of a section can be put in order. Move this one to a section of its own.`);
          return;
        }
        const changes = describe(arranged);
        const { charts, sections } = now().state;
        if (JSON.stringify([changes.charts, changes.sections]) === JSON.stringify([charts, sections])) return;
        moved.current = by ?? null;
        apply(changes);
      },
      change(changes, text) {
        said.current!.textContent = text;
        apply(changes);
      },
      changeWithUndo(changes, text) {
        const before = layoutOf(now().state);
        notify(text, { action: { label: "Undo", run: () => apply(before) } });
        apply(changes);
      },
      ask: setQuestion,
      preview: setPreview,
    };
  }, []);
  const toggle = useCallback((name: string) => latestChange.current(toggleSection(standing.current!.state, name)), []);

  return (
    <BoardContext value={board}>
      <div ref={box} className={classes.scroll} tabIndex={-1}>
        {width > 0 && !rows.length && <NothingFound state={state} change={change} metrics={metrics.length} />}
        <div ref={layer} className={classes.layer} style={{ height: placed.total }}>
          {width > 0 && boxes.map((one) => <BoxOf key={keyOf(one)} box={one} draw={draw} onToggle={toggle} />)}
        </div>
        {question && (
          <Suspense>
            <ArrangeDialog question={question} board={board} onClose={() => setQuestion(null)} />
          </Suspense>
        )}
        <Said ref={said} />
      </div>
    </BoardContext>
  );
}

function BoxOf({ box, draw, onToggle }: { box: Box; draw: ChartBoardProps["draw"]; onToggle: (name: string) => void }) {
  const style = { transform: `translate(${box.x}px, ${box.y}px)`, width: box.width, height: box.height };
  if (box.kind === "head") {
    return (
      <div className={classes.box} style={style}>
        <SectionHead section={box.head} onToggle={onToggle} />
      </div>
    );
  }
  if (box.kind === "none") {
    return (
      <p className={`${classes.box} ${classes.none}`} style={style}>
        Drag charts here, or move them by their menus.
      </p>
    );
  }
  return (
    <div className={classes.box} style={style} data-chart={box.chart}>
      <Chart chart={box.chart} width={box.width} height={box.height} draw={draw} />
    </div>
  );
}

/** A chart is only drawn anew if something of it changes, not while others move. */
const Chart = memo(function Chart({ chart, width, height, draw }: { chart: string; width: number; height: number; draw: ChartBoardProps["draw"] }) {
  return <ChartContext value={chart}>{draw(chart, width, height)}</ChartContext>;
});

function NothingFound({ state, change, metrics }: { state: ChartState; change: ChangeCharts; metrics: number }) {
  if (!state.find) return null;
  return (
    <Empty title="No chart has these words in its name">
      <p>{formatCount(metrics)} metrics have a chart.</p>
      <Button variant="default" onClick={() => change({ find: undefined })}>
        Show all of them
      </Button>
    </Empty>
  );
}

interface PlacedRows {
  tops: number[];
  heights: number[];
  total: number;
}

function placeRows(rows: readonly LayoutRow[], grid: Grid, chosenHeight: number | undefined): PlacedRows {
  const heights = rows.map((row) => heightOf(row, grid, chosenHeight));
  const tops: number[] = [];
  let total = 0;
  for (const height of heights) {
    tops.push(total);
    total += height;
  }
  return { tops, heights, total };
}

function keyOf(box: Box): string {
  return box.kind === "chart" ? box.chart : `${box.kind} ${box.section}`;
}

/** Returns where a chart stands, in words. */
function placeText(rows: readonly LayoutRow[], chart: string): string {
  const cells = rows.flatMap((row): readonly Cell[] => (row.kind === "charts" ? row.cells : []));
  const section = cells.find((cell) => cell.chart === chart)?.section;
  const charts = cells.filter((cell) => cell.section === section).map((cell) => cell.chart);
  return section === undefined ? `${titleOf(chart)} was moved` : `${titleOf(chart)}: place ${charts.indexOf(chart) + 1} of ${charts.length} in ${section}`;
}

interface AnchorOptions {
  boxes: readonly Box[];
  rows: readonly LayoutRow[];
  placed: PlacedRows;
  grid: Grid;
  find: string | undefined;
  /** Charts that were added, the latest first. */
  added: readonly string[] | undefined;
  box: React.RefObject<HTMLDivElement | null>;
  layer: React.RefObject<HTMLDivElement | null>;
  moved: React.RefObject<{ chart: string } | null>;
  isArranging: React.RefObject<boolean>;
  /** Returns how far the board is scrolled. */
  offset: () => number;
}

/**
 * Keeps what is in view where it is when something above it comes, goes or gets another height; a chart that was added comes into view.
 *
 * What a person moved slides to its place, unless the rest had to be held.
 */
function useAnchor({ boxes, rows, placed, grid, find, added = NONE, box, layer, moved, isArranging, offset }: AnchorOptions): void {
  const last = useRef<Pick<AnchorOptions, "boxes" | "placed" | "find"> & { added: readonly string[] }>(null);
  useLayoutEffect(() => {
    const before = last.current;
    last.current = { boxes, placed, find, added };
    if (!before || before.placed === placed) return;
    const top = offset();
    const held = before.boxes.filter((one) => one.y + one.height > top && keyOf(one) !== moved.current?.chart);
    const isNew = added[0] !== undefined && !isArranging.current && !before.added.includes(added[0]);
    const by = before.find !== find ? -top : isNew ? topOf(added[0]!, rows, placed) - HEAD - top : top > 0 ? shiftOf(held, rows, placed, grid) : 0;
    if (by) box.current!.scrollTop = top + by;
    else if (isArranging.current) slide(layer.current!);
    isArranging.current = false;
  });
}

const NONE: readonly string[] = [];

/** Returns where the row of a chart begins. */
function topOf(chart: string, rows: readonly LayoutRow[], { tops }: PlacedRows): number {
  const row = rows.findIndex((one) => one.kind === "charts" && one.cells.some((cell) => cell.chart === chart));
  return tops[row] ?? 0;
}

/** Returns by how much the first of these boxes that is still there has moved down. */
function shiftOf(held: readonly Box[], rows: readonly LayoutRow[], { tops }: PlacedRows, grid: Grid): number {
  const places = new Map(rows.flatMap((row, at) => boxesOf(row, tops[at]!, 0, grid).map((one) => [keyOf(one), one.y])));
  const first = held.find((one) => places.has(keyOf(one)));
  return first ? places.get(keyOf(first))! - first.y : 0;
}

const SLIDES_FOR = 200;

/** Lets boxes slide to their new places, which they are about to get. */
function slide(layer: HTMLElement): void {
  layer.dataset.slides = "";
  setTimeout(() => delete layer.dataset.slides, SLIDES_FOR);
}

/** Returns a box and the pixels of its width within, 0 until they are known. */
export function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  return [box, width];
}
