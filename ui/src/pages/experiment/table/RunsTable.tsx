import { useComputedColorScheme } from "@mantine/core";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { type CSSProperties, type KeyboardEvent, type MouseEvent, type PointerEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useActions } from "@/app/actions";
import type { RunKeys } from "@/api/types";
import { hoveredRun } from "@/data/focus";
import { useStore } from "@/data/store";
import { afterPaint, RESTS } from "@/data/window";
import { useExperimentState } from "../state";
import { Body } from "./body";
import { CellMenu, type CellPlace } from "./CellMenu";
import { isLive, valueOf } from "./cells";
import { type Column, columnsBetween, type Layout } from "./columns";
import { curvesVersion, wantCurves } from "./curves";
import { goodSide } from "./fields";
import { Header } from "./Header";
import type { RunRow } from "./level";
import { LEAD_WIDTH, ROW_HEIGHT, type RowContext, type RowState } from "./row";
import type { RunRows } from "./rows";
import { useNow, useRowsVersion, useShapes } from "./table-hooks";
import { useSelection } from "./selection";
import classes from "./RunsTable.module.css";

/** Rows that are drawn above and below those in sight. */
const AHEAD_ROWS = 8;
/** Pixels to either side for which columns are drawn ahead. */
const AHEAD_WIDTH = 320;

/** What is in sight until the pane has been measured: rows are made once, as many as there is room for. */
const NOTHING: View = { first: 0, last: -1, top: 0, bottom: -1, firstColumn: 0, endColumn: 0 };

/** For the style sheet, which places the rows' parts. */
const SIZES = { "--row": `${ROW_HEIGHT}px`, "--lead": `${LEAD_WIDTH}px` } as CSSProperties;

interface RunsTableProps {
  rows: RunRows;
  layout: Layout;
  keys: RunKeys | undefined;
  /** All columns that scroll or could, in their order. */
  chosen: readonly string[];
}

interface View {
  /** The rows that are drawn. */
  first: number;
  last: number;
  /** Those of them that are in sight. */
  top: number;
  bottom: number;
  firstColumn: number;
  endColumn: number;
}

/** The table itself: of any number of rows and columns it draws those in sight, the rows past React. */
export function RunsTable({ rows, layout, keys, chosen }: RunsTableProps) {
  const { search, change } = useExperimentState();
  const navigate = useNavigate();
  const router = useRouter();
  const scheme = useComputedColorScheme();
  const version = useRowsVersion(rows);
  const curves = useStore(curvesVersion);
  const box = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const [drawn] = useState(() => new Body());
  const [view, setView] = useState(NOTHING);
  // Rows of another query are drawn in two frames: those in sight, and then those around them.
  const [whole, setWhole] = useState(-1);
  const isWhole = whole === rows.generation;
  const isBegun = whole >= 0;
  const [cursor, setCursor] = useState(rows.cursor);
  rows.cursor = cursor;
  const [menu, setMenu] = useState<CellPlace | null>(null);
  const selection = useSelection(rows);
  const open = useMemo(() => new Set(search.open), [search.open]);
  const hidden = useMemo(() => new Set(search.hidden), [search.hidden]);
  const isTree = !search.flat;
  const inSight = useMemo(
    () => [...layout.pinned.columns, ...layout.scrolled.columns.slice(view.firstColumn, view.endColumn)],
    [layout, view.firstColumn, view.endColumn],
  );
  const shapes = useShapes(rows, inSight);
  const best = useMemo(() => findBest(layout, keys), [layout, keys]);
  const context = useMemo<RowContext>(
    () => ({ rows, layout, shapes, best, scheme, isTree }),
    [rows, layout, shapes, best, scheme, isTree],
  );
  const now = useNow();
  const size = rows.size;
  const left = LEAD_WIDTH + layout.pinned.width;

  const look = useCallback((): View => {
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = box.current!;
    rows.scrollTop = scrollTop;
    const ahead = isBegun ? AHEAD_WIDTH : 0;
    const [firstColumn, endColumn] = columnsBetween(layout.scrolled, scrollLeft - ahead, scrollLeft + clientWidth - left + ahead);
    const top = Math.floor(scrollTop / ROW_HEIGHT);
    const bottom = top + Math.ceil(clientHeight / ROW_HEIGHT);
    const first = Math.max(0, top - AHEAD_ROWS);
    const last = first + Math.ceil(clientHeight / ROW_HEIGHT) + 2 * AHEAD_ROWS;
    return { first, last, top, bottom, firstColumn, endColumn };
  }, [rows, layout, left, isBegun]);

  const onScroll = useCallback(() => {
    const next = look();
    setView((before) => (isSameView(before, next) ? before : next));
  }, [look]);

  // The size of the pane and the columns say what is in sight, as scrolling does.
  useLayoutEffect(() => {
    onScroll();
    const watch = new ResizeObserver(onScroll);
    watch.observe(box.current!);
    const element = box.current!;
    // Drawn in the frame of the scrolling itself: nothing is ever blank.
    const scrolled = (): void => flushSync(onScroll);
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      watch.disconnect();
      element.removeEventListener("scroll", scrolled);
    };
  }, [onScroll]);

  // Back from a run, the reader stands where he was; other rows are read from the top.
  const generation = rows.generation;
  const shownGeneration = useRef(generation);
  useLayoutEffect(() => {
    if (shownGeneration.current !== generation) rows.scrollTop = 0;
    shownGeneration.current = generation;
    box.current!.scrollTop = rows.scrollTop;
  }, [rows, generation]);

  const fields = useMemo(() => inSight.filter(({ field }) => field.kind !== "attribute").map(({ id }) => id), [inSight]);
  useLayoutEffect(() => rows.setView(view.first, view.last, fields), [rows, view.first, view.last, fields]);
  useEffect(() => rows.setOpen(isTree ? open : new Set()), [rows, open, isTree]);
  useWantedCurves(rows, inSight, view, keys, version);
  useHighlight(box);

  const first = Math.min(view.first, Math.max(0, size - 1));
  const last = Math.min(view.last, size - 1);
  const stateOf = (row: number): RowState | null => {
    if (!isWhole && (row < view.top || row > view.bottom)) return null;
    const { run, depth } = rows.at(row);
    return {
      context,
      row,
      run,
      revision: (run?.revision ?? 0) + curves * 1e6,
      depth,
      firstColumn: view.firstColumn,
      endColumn: view.endColumn,
      isSelected: run !== undefined && selection.has(run.id),
      isHidden: run !== undefined && hidden.has(run.id),
      isOpen: run !== undefined && open.has(run.id),
      cursor: cursor.row === row ? cursor.cell : null,
      now: run && isLive(run) ? now : now - (now % 10_000),
    };
  };
  useLayoutEffect(() => drawn.draw(body.current!, first, last, stateOf));
  useEffect(() => void (size > 0 && afterPaint().then(() => setWhole(generation))), [generation, size > 0]);

  const reveal = (row: number): void => {
    const element = box.current!;
    const top = row * ROW_HEIGHT;
    const height = element.clientHeight - element.querySelector<HTMLElement>("[data-head]")!.offsetHeight;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_HEIGHT > element.scrollTop + height) element.scrollTop = top + ROW_HEIGHT - height;
  };
  const moveTo = (row: number): void => {
    const to = Math.max(0, Math.min(size - 1, row));
    setCursor(({ cell }) => ({ row: to, cell }));
    reveal(to);
  };
  const at = (row: number) => (row >= 0 && row < size ? rows.at(row).run : undefined);
  const toggleOpen = (id: string): void => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    change({ open: next.size ? [...next] : undefined });
  };
  const toggleHidden = (id: string): void => {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    change({ hidden: next.size ? [...next] : undefined });
  };
  const follow = (row: number): void => {
    const run = at(row);
    if (run) void navigate(pageOf(run));
  };
  // A page of a run is there sooner if its name was about to be pressed.
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const readAhead = (event: PointerEvent): void => {
    clearTimeout(resting.current);
    const name = (event.target as Element).closest("[data-do=follow]");
    const run = name && at(Number(name.closest("[data-row]")!.getAttribute("data-row")));
    if (run) resting.current = setTimeout(() => void router.preloadRoute(pageOf(run)), RESTS);
  };
  const openMenu = (element: Element | null, row: number): void => {
    const id = element?.getAttribute("data-column");
    const run = at(row);
    if (!element || !id || !run) return;
    const column = inSight.find((one) => one.id === id);
    const value = column ? valueOf(column, run, rows.slot(id)) : run.status;
    if (value !== undefined) setMenu({ run, column: id, value, box: element.getBoundingClientRect() });
  };

  useActions([
    { id: "runs.down", label: "Next run", keys: "j", section: "Runs", silent: true, run: () => moveTo(cursor.row + 1) },
    { id: "runs.up", label: "Run before", keys: "k", section: "Runs", silent: true, run: () => moveTo(cursor.row - 1) },
    { id: "runs.select", label: "Select the run", keys: "x", section: "Runs", silent: true, run: () => selection.toggle(cursor.row) },
    { id: "runs.expand", label: "Show or hide the runs below it", keys: "e", section: "Runs", silent: true, run: () => expand() },
    { id: "runs.follow", label: "Open the run", keys: "Enter", section: "Runs", silent: true, run: () => follow(cursor.row) },
    { id: "runs.hide", label: "Show or hide the run in the charts", keys: "h", section: "Runs", silent: true, run: () => hideAtCursor() },
  ]);
  const expand = (): void => {
    const run = at(cursor.row);
    if (run && run.children > 0 && isTree) toggleOpen(run.id);
  };
  const hideAtCursor = (): void => {
    const run = at(cursor.row);
    if (run) toggleHidden(run.id);
  };

  const onClick = (event: MouseEvent): void => {
    const target = event.target as Element;
    const row = Number(target.closest("[data-row]")?.getAttribute("data-row") ?? -1);
    const action = target.closest("[data-do]");
    const run = at(row);
    if (!run) return;
    switch (action?.getAttribute("data-do")) {
      case "select":
        return event.shiftKey ? selection.extend(row) : selection.toggle(row);
      case "expand":
        return toggleOpen(run.id);
      case "hide":
        return toggleHidden(run.id);
      case "follow":
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        return follow(row);
      case "menu":
        setCursor({ row, cell: cellOf(action!) });
        return openMenu(action, row);
      default:
        if (event.shiftKey) return selection.extend(row);
        setCursor({ row, cell: -1 });
    }
  };
  const onContext = (event: MouseEvent): void => {
    const target = (event.target as Element).closest("[data-column]");
    if (!target) return;
    event.preventDefault();
    openMenu(target, Number(target.closest("[data-row]")!.getAttribute("data-row")));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(box.current!.clientHeight / ROW_HEIGHT) - 3);
    const columns = layout.pinned.columns.length + layout.scrolled.columns.length;
    const toCell = (by: number): void => {
      const cell = Math.max(-1, Math.min(columns - 1, cursor.cell + by));
      setCursor({ ...cursor, cell });
      revealCell(cell);
    };
    const moves: Record<string, () => void> = {
      ArrowDown: () => (event.shiftKey ? selectTo(cursor.row + 1) : moveTo(cursor.row + 1)),
      ArrowUp: () => (event.shiftKey ? selectTo(cursor.row - 1) : moveTo(cursor.row - 1)),
      PageDown: () => moveTo(cursor.row + page),
      PageUp: () => moveTo(cursor.row - page),
      Home: () => moveTo(0),
      End: () => moveTo(size - 1),
      ArrowRight: () => toCell(1),
      ArrowLeft: () => toCell(-1),
      " ": () => selection.toggle(cursor.row),
      ContextMenu: () => openMenu(box.current!.querySelector("[data-cursor][data-column]"), cursor.row),
      F10: () => openMenu(box.current!.querySelector("[data-cursor][data-column]"), cursor.row),
    };
    const move = moves[event.key];
    if (!move || event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
  };
  const selectTo = (row: number): void => {
    if (!selection.has(at(cursor.row)?.id ?? "")) selection.toggle(cursor.row);
    selection.extend(Math.max(0, Math.min(size - 1, row)));
    moveTo(row);
  };
  const revealCell = (cell: number): void => {
    const column = layout.scrolled.columns[cell - layout.pinned.columns.length];
    const element = box.current!;
    if (!column) return;
    const room = element.clientWidth - left;
    if (column.left < element.scrollLeft) element.scrollLeft = column.left;
    else if (column.left + column.width > element.scrollLeft + room) element.scrollLeft = column.left + column.width - room;
  };

  const holdRows = (isInside: boolean): void => rows.hold(isInside || (box.current?.scrollTop ?? 0) > 0 || menu !== null);
  return (
    <>
      <div
        ref={box}
        className={classes.box}
        role="treegrid"
        aria-label="Runs"
        aria-multiselectable
        aria-rowcount={size + 2}
        aria-colcount={layout.pinned.columns.length + layout.scrolled.columns.length + 1}
        aria-activedescendant={cursor.row >= view.first && cursor.row <= last ? `row-${cursor.row}` : undefined}
        aria-busy={rows.isStale || undefined}
        data-stale={rows.isStale || undefined}
        style={SIZES}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onFocus={(event) => event.target === event.currentTarget && cursor.row < 0 && setCursor({ row: view.first, cell: -1 })}
        onPointerEnter={() => holdRows(true)}
        onPointerLeave={() => {
          holdRows(false);
          hoveredRun.set(null);
        }}
      >
        <div className={classes.canvas} style={{ width: left + layout.scrolled.width }}>
          <Header rows={rows} layout={layout} shapes={shapes} chosen={chosen} firstColumn={view.firstColumn} endColumn={view.endColumn} selection={selection} />
          <div
            ref={body}
            role="rowgroup"
            className={classes.body}
            style={{ height: size * ROW_HEIGHT }}
            onClick={onClick}
            onContextMenu={onContext}
            onPointerOver={(event) => {
              noteHover(event);
              readAhead(event);
            }}
          />
        </div>
      </div>
      {menu && <CellMenu place={menu} onClose={() => setMenu(null)} onHide={toggleHidden} />}
    </>
  );
}

function pageOf({ id, experimentId }: RunRow) {
  return { to: "/experiments/$experimentId/runs/$runId", params: { experimentId, runId: id } } as const;
}

function cellOf(element: Element): number {
  const number = element.getAttribute("aria-colindex");
  return number === null ? 0 : Number(number) - 2;
}

function isSameView(a: View, b: View): boolean {
  return a.first === b.first && a.last === b.last && a.top === b.top && a.bottom === b.bottom && a.firstColumn === b.firstColumn && a.endColumn === b.endColumn;
}

/** Returns the best value of each metric among all runs, where its name tells which side is good. */
function findBest(layout: Layout, keys: RunKeys | undefined): Map<string, number> {
  const best = new Map<string, number>();
  const known = new Map(keys?.metrics.map((metric) => [metric.key, metric]));
  for (const { id, field } of [...layout.pinned.columns, ...layout.scrolled.columns]) {
    const metric = field.kind === "metrics" && !field.of ? known.get(field.key) : undefined;
    const side = metric && metric.runs > 1 && metric.min !== metric.max ? goodSide(metric.key) : null;
    const value = side === "low" ? metric!.min : side === "high" ? metric!.max : null;
    if (typeof value === "number") best.set(id, value);
  }
  return best;
}

/** Says which run the pointer is on, and writes out what a cell cuts off only when somebody looks at it. */
function noteHover(event: PointerEvent): void {
  const cell = (event.target as Element).closest("[role=gridcell][data-column]");
  if (cell && cell.scrollWidth > cell.clientWidth) cell.setAttribute("title", cell.textContent ?? "");
  else cell?.removeAttribute("title");
  hoveredRun.set((event.target as Element).closest("[data-run]")?.getAttribute("data-run") ?? null);
}

/** Marks the row of the run that the pointer is on in a chart, past React: it changes with each move. */
function useHighlight(box: React.RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    let marked: Element | null = null;
    return hoveredRun.subscribe(() => {
      const id = hoveredRun.get();
      marked?.removeAttribute("data-hovered");
      marked = id ? (box.current?.querySelector(`[data-run="${CSS.escape(id)}"]`) ?? null) : null;
      marked?.setAttribute("data-hovered", "");
    });
  }, [box]);
}

/** Asks for the curves of the cells in sight. */
function useWantedCurves(rows: RunRows, columns: readonly Column[], view: View, keys: RunKeys | undefined, version: number): void {
  const curved = useMemo(() => new Set(keys?.metrics.flatMap(({ key, has_steps }) => (has_steps ? [key] : []))), [keys]);
  useEffect(() => {
    const metrics = columns.flatMap(({ field }) => (field.kind === "metrics" && curved.has(field.key) ? [field.key] : []));
    const runs = [];
    for (let row = view.first; row <= Math.min(view.last, rows.size - 1); row++) {
      const { run } = rows.at(row);
      if (run) runs.push({ id: run.id, isLive: isLive(run) });
    }
    if (metrics.length && runs.length) wantCurves(runs, [...new Set(metrics)]);
  }, [rows, columns, view, curved, version]);
}
