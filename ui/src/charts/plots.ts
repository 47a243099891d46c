/** What scatter plots and parallel coordinates draw, as options of ECharts. */

import type { EChartsCoreOption } from "echarts/core";
import { formatNumber } from "@/data/numbers";
import { columnName } from "./chart-keys";
import { hexColor } from "./drawing";
import type { ChartRun, RunValues } from "./runs";

export interface PlotStyle {
  text: string;
  quiet: string;
  line: string;
  ground: string;
}

/** One run in a plot: its place on each of the axes. */
export interface PlotPoint {
  id: string;
  name: string;
  color: string;
  values: (number | string)[];
}

/** Returns the runs that have a value in every column, with these values; texts stay texts where a column has some. */
export function plotPoints(runs: readonly ChartRun[], { numbers, texts }: RunValues, columns: readonly string[], color: (id: string) => string): PlotPoint[] {
  return runs.flatMap(({ id, name, group }) => {
    const values = columns.map((column) => numbers.get(column)?.get(id) ?? (numbers.has(column) ? undefined : texts.get(column)?.get(id)));
    const isWhole = values.every((value) => value !== undefined && (typeof value === "string" || Number.isFinite(value)));
    return isWhole ? [{ id, name, color: color(group ?? id), values: values as (number | string)[] }] : [];
  });
}

/** Returns whether a column of points is of numbers that are better told apart on a logarithmic axis. */
export function isSpreadWide(points: readonly PlotPoint[], at: number): boolean {
  const values = points.map(({ values }) => values[at]!);
  if (values.length < 3 || !values.every((value) => typeof value === "number" && value > 0)) return false;
  const ordered = (values as number[]).sort((one, other) => one - other);
  return ordered[ordered.length - 1]! / ordered[0]! >= 100;
}

/** Returns a scatter plot of two columns. */
export function scatterOption(points: readonly PlotPoint[], columns: readonly [string, string], style: PlotStyle, hovered: string | null): EChartsCoreOption {
  const axis = (at: 0 | 1): object => ({
    ...valueAxis(points, at, style),
    name: columnName(columns[at]),
    nameLocation: "middle",
    nameGap: at ? 44 : 26,
    nameTextStyle: { color: style.quiet, fontSize: 11 },
  });
  return {
    animation: false,
    grid: { left: 60, right: 16, top: 12, bottom: 44 },
    xAxis: axis(0),
    yAxis: axis(1),
    tooltip: tooltip(points, columns),
    series: [
      {
        type: "scatter",
        symbolSize: points.length > 300 ? 6 : 9,
        data: points.map(({ id, name, color, values }) => ({
          name,
          value: values,
          itemStyle: { color: hexColor(color), opacity: hovered === null || hovered === id ? 0.85 : 0.15 },
          symbolSize: hovered === id ? 14 : undefined,
          z: hovered === id ? 5 : 2,
        })),
      },
    ],
  };
}

/** Returns parallel coordinates of columns: a line for each run. */
export function parallelOption(points: readonly PlotPoint[], columns: readonly string[], style: PlotStyle, hovered: string | null): EChartsCoreOption {
  return {
    animation: false,
    parallel: { left: 48, right: 64, top: 32, bottom: 20, parallelAxisDefault: { areaSelectStyle: { width: 14, color: style.quiet, borderWidth: 0, opacity: 0.3 } } },
    parallelAxis: columns.map((column, at) => ({
      dim: at,
      ...valueAxis(points, at, style, true),
      name: columnName(column),
      nameTextStyle: { color: style.text, fontSize: 11, width: 90, overflow: "truncate" },
      nameGap: 12,
      splitLine: { show: false },
      z: 10, // the lines would cross out the labels
    })),
    tooltip: { ...tooltip(points, columns), trigger: "item" },
    series: [
      {
        type: "parallel",
        smooth: 0.15,
        inactiveOpacity: 0.06,
        data: points.map(({ id, name, color, values }) => ({
          name,
          value: values,
          lineStyle: { color: hexColor(color), width: hovered === id ? 3 : 1.25, opacity: hovered === null ? 0.7 : hovered === id ? 1 : 0.12 },
        })),
      },
    ],
  };
}

function valueAxis(points: readonly PlotPoint[], at: number, { text, quiet, line, ground }: PlotStyle, isCrossed = false): object {
  const values = points.map((point) => point.values[at]!);
  const label = { fontSize: 11, ...(isCrossed ? { color: text, textBorderColor: ground, textBorderWidth: 3 } : { color: quiet }) };
  const look = { axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, splitLine: { lineStyle: { color: line } } };
  if (values.some((value) => typeof value === "string")) {
    return { ...look, type: "category", data: [...new Set(values.map(String))].sort(), axisLabel: { ...label, width: 80, overflow: "truncate" } };
  }
  const axisLabel = { ...label, hideOverlap: true, formatter: (value: number) => formatNumber(value, 3) };
  return isSpreadWide(points, at) ? { ...look, type: "log", axisLabel } : { ...look, type: "value", scale: true, axisLabel };
}

function tooltip(points: readonly PlotPoint[], columns: readonly string[]): object {
  return {
    confine: true,
    className: "plot-readout",
    // As a tree of elements, never as HTML: names are what strangers wrote.
    formatter: ({ dataIndex }: { dataIndex: number }) => {
      const box = document.createElement("div");
      const { name, values } = points[dataIndex]!;
      for (const text of [name, ...columns.map((column, at) => `${columnName(column)}: ${format(values[at]!)}`)]) {
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
