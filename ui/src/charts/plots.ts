/** What plots of runs draw, as options of ECharts: scatter plots and parallel coordinates, and what all plots share. */

import type { EChartsCoreOption } from "echarts/core";
import { formatNumber } from "@/data/numbers";
import { columnName } from "./chart-keys";
import { hexColor } from "./drawing";
import type { ChartRun, RunValues } from "./runs";
import type { Stop, Walk } from "./walk";

export interface PlotStyle {
  scheme: "light" | "dark";
  text: string;
  quiet: string;
  line: string;
  ground: string;
  hover: string;
}

/** A plot whose runs change as the pointer moves, and nothing else of it. */
export interface PlotDrawing {
  /** Everything but the runs. */
  frame: (style: PlotStyle) => EChartsCoreOption & { series?: object[] };
  /** The runs as one series, of which some may be marked; `run` of an item is the run's id. */
  runs: (style: PlotStyle, isMarked: Marking) => object;
  /** How arrow keys go through the runs. */
  walk: Walk;
  /** What is told of a run, in lines. */
  linesOf: (id: string) => readonly string[];
}

/** Tells whether a run is the one under the pointer, or of the group there, or neither; null while nothing is there. */
export type Marking = ((point: { id: string; group?: string | undefined }) => "run" | "group" | null) | null;

/** One run in a plot: its place on each of the axes. */
export interface PlotPoint {
  id: string;
  name: string;
  group?: string | undefined;
  color: string;
  values: (number | string)[];
}

/** Returns the runs that have a value in every column, with these values; texts stay texts where a column has some. */
export function plotPoints(runs: readonly ChartRun[], { numbers, texts }: RunValues, columns: readonly string[], color: (id: string) => string): PlotPoint[] {
  return runs.flatMap(({ id, name, group }) => {
    const values = columns.map((column) => numbers.get(column)?.get(id) ?? (numbers.has(column) ? undefined : texts.get(column)?.get(id)));
    const isWhole = values.every((value) => value !== undefined && (typeof value === "string" || Number.isFinite(value)));
    return isWhole ? [{ id, name, group, color: color(group ?? id), values: values as (number | string)[] }] : [];
  });
}

/** Returns whether numbers are better told apart on a logarithmic axis. */
export function isSpreadWide(values: readonly (number | string)[]): boolean {
  if (values.length < 3 || !values.every((value) => typeof value === "number" && value > 0)) return false;
  const [least, most] = extent(values as number[]);
  return most / least >= 100;
}

/** Returns the least and the greatest of numbers. */
export function extent(values: readonly number[]): [least: number, most: number] {
  return [values.reduce((one, other) => Math.min(one, other), Infinity), values.reduce((one, other) => Math.max(one, other), -Infinity)];
}

/** Returns a scatter plot of two columns. */
export function scatterDrawing(points: readonly PlotPoint[], columns: readonly string[]): PlotDrawing {
  const linesOf = linesBy(points, columns);
  return {
    walk: { kind: "plane", stops: stopsOf(points) },
    linesOf,
    frame: (style) => ({
      grid: { left: 60, right: 16, top: 12, bottom: 44 },
      xAxis: { ...valueAxis(points, 0, style), ...axisName(columns[0]!, style, 26) },
      yAxis: { ...valueAxis(points, 1, style), ...axisName(columns[1]!, style, 44) },
      tooltip: readout(linesOf, style),
    }),
    runs: (_, isMarked) => ({
      type: "scatter",
      symbolSize: points.length > 300 ? 6 : 9,
      data: points.map((point) => ({ run: point.id, name: point.name, value: point.values, ...dotLook(point, isMarked) })),
    }),
  };
}

/** Room around parallel coordinates, in pixels. */
export const PARALLEL = { left: 48, right: 64, top: 32 };

/** Returns parallel coordinates of columns: a line for each run. */
export function parallelDrawing(points: readonly PlotPoint[], columns: readonly string[]): PlotDrawing {
  const linesOf = linesBy(points, columns);
  return {
    walk: { kind: "axes", stops: stopsOf(points) },
    linesOf,
    frame: (style) => ({
      parallel: { ...PARALLEL, bottom: 20, parallelAxisDefault: { areaSelectStyle: { width: 14, color: style.quiet, borderWidth: 0, opacity: 0.3 } } },
      parallelAxis: columns.map((column, at) => ({
        dim: at,
        ...valueAxis(points, at, style, true),
        name: columnName(column),
        nameTextStyle: { color: style.text, fontSize: 11, width: 90, overflow: "truncate" },
        nameGap: 12,
        splitLine: { show: false },
        z: 10, // the lines would cross out the labels
      })),
      tooltip: { ...readout(linesOf, style), trigger: "item" },
    }),
    runs: (_, isMarked) => ({
      type: "parallel",
      smooth: 0.15,
      inactiveOpacity: 0.06,
      data: points.map((point) => ({
        run: point.id,
        name: point.name,
        value: point.values,
        lineStyle: { color: hexColor(point.color), width: isMarked?.(point) === "run" ? 3 : 1.25, opacity: isMarked === null ? 0.7 : isMarked(point) ? 1 : 0.12 },
      })),
    }),
  };
}

/** Returns how the dot of a run looks. */
export function dotLook(point: PlotPoint, isMarked: Marking, opacity = 0.85): object {
  const mark = isMarked?.(point) ?? null;
  return {
    itemStyle: { color: hexColor(point.color), opacity: isMarked === null || mark ? opacity : 0.15 },
    symbolSize: mark === "run" ? 14 : undefined,
    z: mark ? 5 : 2,
  };
}

/** Returns the name of an axis, in the middle beside it. */
export function axisName(column: string, { quiet }: PlotStyle, gap: number): object {
  return { name: columnName(column), nameLocation: "middle", nameGap: gap, nameTextStyle: { color: quiet, fontSize: 11 } };
}

/** Returns the lines of an axis. */
export function axisLook({ line }: PlotStyle): object {
  return { axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, splitLine: { lineStyle: { color: line } } };
}

/** Returns an axis for the values that points have in one of their columns. */
export function valueAxis(points: readonly PlotPoint[], at: number, style: PlotStyle, isCrossed = false): object {
  const values = points.map((point) => point.values[at]!);
  const label = { fontSize: 11, ...(isCrossed ? { color: style.text, textBorderColor: style.ground, textBorderWidth: 3 } : { color: style.quiet }) };
  const look = axisLook(style);
  if (values.some((value) => typeof value === "string")) {
    return { ...look, type: "category", data: [...new Set(values.map(String))].sort(), axisLabel: { ...label, width: 80, overflow: "truncate" } };
  }
  const axisLabel = { ...label, hideOverlap: true, formatter: (value: number) => formatNumber(value, 3) };
  return isSpreadWide(values) ? { ...look, type: "log", axisLabel } : { ...look, type: "value", scale: true, axisLabel };
}

/** Returns what is told of runs: their names, and their values in columns. */
export function linesBy(points: readonly PlotPoint[], columns: readonly string[]): (id: string) => string[] {
  const byId = new Map(points.map((point) => [point.id, point]));
  return (id) => {
    const point = byId.get(id);
    return point ? [point.name, ...columns.map((column, at) => `${columnName(column)}: ${format(point.values[at]!)}`)] : [];
  };
}

function stopsOf(points: readonly PlotPoint[]): Stop[] {
  return points.map(({ id, values }) => ({ id, value: values }));
}

/** Returns what is read under the pointer: the lines of a run, or what else an item of a plot is given as its `lines`. */
export function readout(linesOf: PlotDrawing["linesOf"], { ground, text, line }: PlotStyle): object {
  return {
    confine: true,
    backgroundColor: ground,
    borderColor: line,
    borderRadius: 5,
    padding: [6, 8],
    textStyle: { color: text, fontSize: 12 },
    extraCssText: "box-shadow: none; font-variant-numeric: tabular-nums",
    // As a tree of elements, never as HTML: names are what strangers wrote.
    formatter: ({ data }: { data: { run?: string; lines?: string[] } }) => {
      const box = document.createElement("div");
      for (const text of data.lines ?? linesOf(data.run ?? "")) {
        const line = document.createElement("div");
        line.textContent = text;
        box.append(line);
      }
      return box;
    },
  };
}

function format(value: number | string): string {
  return typeof value === "number" ? formatNumber(value) : value;
}
