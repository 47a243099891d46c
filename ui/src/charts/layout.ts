/** Where charts stand: in rows of so many columns, below the heads of their sections. */

import type { ArrangedSection, Place } from "./arrangement";
import { chartTitle, drawsItself, parseChartKey } from "./chart-keys";
import { readSize, spanOf } from "./sizes";
import type { ChartState } from "./state";

export interface Section {
  name: string;
  isOwn: boolean;
  /** How many charts it shows. */
  count: number;
  /** Names of its charts that are hidden. */
  hidden: readonly string[];
  isOpen: boolean;
  /** The first of the columns that its head stands above, and how many they are. */
  column: number;
  span: number;
}

export interface Cell {
  chart: string;
  section: string;
  column: number;
  span: number;
}

export type LayoutRow =
  /** The heads of sections, each above its charts: small sections share a row. */
  | { kind: "heads"; sections: readonly Section[] }
  | { kind: "charts"; cells: readonly Cell[]; height?: number }
  /** What stands in the place of charts in a section that has none. */
  | { kind: "none"; section: string };

type LayoutOptions = Pick<ChartState, "find" | "toggled" | "hiddenCharts" | "chartSizes"> & {
  /** Returns whether a chart that draws itself has something to draw; others always have. */
  isThere: (chart: string) => boolean;
  columns: number;
};

/** The section of the machine's metrics is folded at first. */
const FOLDED = "system";

/** Returns the rows of a panel of charts. */
export function layOut(sections: readonly ArrangedSection[], options: LayoutOptions): LayoutRow[] {
  const { columns, toggled = [], chartSizes = {} } = options;
  const isShown = shownBy(options);
  const hiddenCharts = new Set(options.hiddenCharts);
  const words = wordsOf(options.find);
  const rows: LayoutRow[] = [];
  let shared: { sections: Section[]; cells: Cell[]; width: number } = { sections: [], cells: [], width: 0 };
  const flush = (): void => {
    if (!shared.sections.length) return;
    rows.push({ kind: "heads", sections: shared.sections }, rowOf(shared.cells, chartSizes));
    shared = { sections: [], cells: [], width: 0 };
  };
  for (const { name, charts, isOwn } of sections) {
    const shown = charts.filter(isShown);
    const hidden = hiddenCharts.size ? charts.filter((chart) => hiddenCharts.has(chart) && (!drawsItself(chart) || options.isThere(chart))) : [];
    if (!shown.length && (words.length || !(hidden.length || (isOwn && !charts.length)))) continue;
    // Who looks for a chart wants to see what was found.
    const isOpen = words.length > 0 || (name === FOLDED) === toggled.includes(name);
    const section = { name, isOwn, count: shown.length, hidden, isOpen, column: 0, span: columns };
    const filled = isOpen ? fill(shown, name, columns, chartSizes) : [];
    const width = filled.length === 1 ? filled[0]!.reduce((sum, { span }) => sum + span, 0) : columns;
    if (filled.length !== 1 || shared.width + width > columns) flush();
    if (filled.length === 1) {
      shared.sections.push({ ...section, column: shared.width, span: width });
      shared.cells.push(...filled[0]!.map((cell) => ({ ...cell, column: cell.column + shared.width })));
      shared.width += width;
      continue;
    }
    rows.push({ kind: "heads", sections: [section] });
    rows.push(...filled.map((cells) => rowOf(cells, chartSizes)));
    if (isOpen && !charts.length) rows.push({ kind: "none", section: name });
  }
  flush();
  return rows;
}

/** Returns how many charts are shown, whatever words they are looked for by. */
export function countShown(sections: readonly ArrangedSection[], options: Pick<LayoutOptions, "hiddenCharts" | "isThere">): number {
  const isShown = shownBy(options);
  return sections.reduce((sum, { charts }) => sum + charts.filter(isShown).length, 0);
}

function shownBy({ find, hiddenCharts, isThere }: Pick<LayoutOptions, "find" | "hiddenCharts" | "isThere">): (chart: string) => boolean {
  const words = wordsOf(find);
  const hidden = new Set(hiddenCharts);
  return (chart) => {
    if (hidden.has(chart) || (drawsItself(chart) && !isThere(chart))) return false;
    if (!words.length) return true;
    const title = titleOf(chart).toLowerCase();
    return words.every((word) => title.includes(word));
  };
}

function wordsOf(find: string | undefined): string[] {
  return find?.toLowerCase().split(/\s+/).filter(Boolean) ?? [];
}

/** Returns the title of a chart by its name. */
export function titleOf(chart: string): string {
  const key = parseChartKey(chart);
  return key ? chartTitle(key) : chart;
}

/** Returns charts in rows: each stands behind the one before it, or in the next row if it does not fit any more. */
function fill(charts: readonly string[], section: string, columns: number, sizes: Readonly<Record<string, string>>): Cell[][] {
  const rows: Cell[][] = [];
  let column = columns;
  for (const chart of charts) {
    const span = spanOf(readSize(chart, sizes[chart]).width, columns);
    if (column + span > columns) {
      rows.push([]);
      column = 0;
    }
    rows[rows.length - 1]!.push({ chart, section, column, span });
    column += span;
  }
  return rows;
}

function rowOf(cells: readonly Cell[], sizes: Readonly<Record<string, string>>): LayoutRow {
  const heights = cells.flatMap(({ chart }) => readSize(chart, sizes[chart]).height ?? []);
  return { kind: "charts", cells, ...(heights.length ? { height: Math.max(...heights) } : {}) };
}

// --- pixels ---------------------------------------------------------------------------------------

export const GAP = 12;
export const PADDING = 16;
export const HEAD = 36;
const NONE = 44;
const LEAST_WIDTH = 256;
/** Where people choose the number of columns, charts may be narrower. */
const LEAST_CHOSEN_WIDTH = 160;

export interface Grid {
  columns: number;
  /** Pixels of the width of one column, whole ones. */
  width: number;
}

/** Returns the columns of a panel: the chosen ones if there is room, or as many as there is room for. */
export function gridOf(panelWidth: number, chosen: number | undefined, charts: number): Grid {
  const room = panelWidth - 2 * PADDING;
  const fitting = Math.floor((room + GAP) / ((chosen ? LEAST_CHOSEN_WIDTH : LEAST_WIDTH) + GAP));
  const columns = Math.max(1, Math.min(fitting, chosen ?? charts));
  return { columns, width: Math.floor((room + GAP) / columns) - GAP };
}

/** Returns the pixels that so many columns take. */
export function widthOf({ width }: Grid, span: number): number {
  return span * (width + GAP) - GAP;
}

/** Returns the height of a row, with the gap below it. */
export function heightOf(row: LayoutRow, grid: Grid, chosen: number | undefined): number {
  if (row.kind === "heads") return HEAD;
  if (row.kind === "none") return NONE + GAP;
  return (row.height ?? chosen ?? Math.round(Math.min(340, Math.max(220, grid.width * 0.62)))) + GAP;
}

/** What lies where in the panel, in pixels from its top left corner. */
export type Box = { x: number; y: number; width: number; height: number } & (
  | { kind: "head"; section: string; head: Section }
  | { kind: "chart"; section: string; chart: string }
  | { kind: "none"; section: string }
);

/** Returns what is in a row whose top and height are given. */
export function boxesOf(row: LayoutRow, top: number, height: number, grid: Grid): Box[] {
  const at = (column: number, span: number, gap: number) => ({
    x: PADDING + column * (grid.width + GAP),
    y: top,
    width: widthOf(grid, span),
    height: height - gap,
  });
  if (row.kind === "heads") return row.sections.map((head) => ({ kind: "head", section: head.name, head, ...at(head.column, head.span, 0) }));
  if (row.kind === "none") return [{ kind: "none", section: row.section, ...at(0, grid.columns, GAP) }];
  return row.cells.map(({ chart, section, column, span }) => ({ kind: "chart", section, chart, ...at(column, span, GAP) }));
}

// --- moves by key ---------------------------------------------------------------------------------

export type Direction = "left" | "right" | "up" | "down";

/** Returns the place that a chart has after a move by one, among the charts that are shown; null at the edge. */
export function stepPlace(rows: readonly LayoutRow[], chart: string, direction: Direction): Place | null {
  const lines = rows.flatMap((row) => (row.kind === "charts" ? [row.cells] : []));
  const line = lines.findIndex((cells) => cells.some((cell) => cell.chart === chart));
  if (line < 0) return null;
  const cell = lines[line]!.find((one) => one.chart === chart)!;
  const isBack = direction === "left" || direction === "up";
  const besides = direction === "left" || direction === "right" ? neighbour(lines, line, cell, isBack) : nearest(lines[line + (isBack ? -1 : 1)], cell);
  if (!besides) return null;
  return { section: besides.section, beside: besides.chart, isBehind: (besides.section === cell.section) !== isBack };
}

function neighbour(lines: readonly (readonly Cell[])[], line: number, cell: Cell, isBack: boolean): Cell | undefined {
  const at = lines[line]!.indexOf(cell);
  return isBack ? (lines[line]![at - 1] ?? lines[line - 1]?.at(-1)) : (lines[line]![at + 1] ?? lines[line + 1]?.[0]);
}

function nearest(cells: readonly Cell[] | undefined, { column, span }: Cell): Cell | undefined {
  const distance = (cell: Cell): number => Math.abs(cell.column + cell.span / 2 - column - span / 2);
  return cells && [...cells].sort((one, other) => distance(one) - distance(other))[0];
}

