/** Box plots: how a metric spreads in runs that share a value, each run as a point. */

import { formatNumber } from "@/data/numbers";
import type { Bucket } from "./buckets";
import { columnName } from "./chart-keys";
import { axisLook, dotLook, isSpreadWide, linesBy, type PlotDrawing, type PlotPoint, type PlotStyle, readout } from "./plots";
import { type Box, boxOf } from "./quartiles";

export interface NamedBox extends Box {
  name: string;
  points: PlotPoint[];
}

/** More boxes than these are not told apart; those of the most runs are shown. */
export const MOST_BOXES = 24;

/** Pixels that the names of boxes take at most. */
const MOST_ROOM = 128;

/** How far from the middle of its row a point stands at most, in rows. */
const JITTER = 0.26;

/** Returns the boxes of buckets in their order, of runs whose first value is the metric; null for all is one box. */
export function boxesOf(points: readonly PlotPoint[], buckets: readonly Bucket[] | null): { boxes: NamedBox[]; left: number } {
  const byId = new Map(points.map((point) => [point.id, point]));
  const all = (buckets ?? [{ name: "All runs", ids: points.map(({ id }) => id) }]).flatMap(({ name, ids }) => {
    const members = ids.flatMap((id) => byId.get(id) ?? []);
    return members.length ? [{ name, points: members, ...boxOf(members.map(({ values }) => values[0] as number)) }] : [];
  });
  const kept = new Set([...all].sort((one, other) => other.count - one.count).slice(0, MOST_BOXES));
  const boxes = all.filter((box) => kept.has(box));
  return { boxes, left: all.length - boxes.length };
}

/** Returns rows of boxes, the first one on top, along an axis of the metric's values. */
export function boxDrawing(boxes: readonly NamedBox[], column: string): PlotDrawing {
  const points = boxes.flatMap((box) => box.points);
  const isLog = isSpreadWide(points.map(({ values }) => values[0]!));
  const hasNames = boxes.length > 1;
  const room = Math.min(MOST_ROOM, 24 + 6 * Math.max(...boxes.map(({ name }) => name.length)));
  const stops = boxes.flatMap((box, row) => box.points.map(({ id, values }) => ({ id, value: [values[0]!, row + JITTER * aside(id)] })));
  const linesOf = linesBy(points, [column]);
  const rowOf = new Map(boxes.flatMap(({ name, points }) => points.map(({ id }) => [id, name] as const)));
  return {
    walk: { kind: "rows", stops },
    linesOf: (id) => (hasNames ? [...linesOf(id), rowOf.get(id) ?? ""] : linesOf(id)),
    frame: (style) => {
      const label = { color: style.quiet, fontSize: 11 };
      return {
        grid: { left: hasNames ? room : 20, right: 20, top: 8, bottom: 28 },
        xAxis: {
          ...axisLook(style),
          axisLine: { onZero: false, lineStyle: { color: style.line } },
          ...(isLog ? { type: "log" } : { type: "value", scale: true }),
          axisLabel: { ...label, hideOverlap: true, formatter: (value: number) => formatNumber(value, 3) },
        },
        yAxis: [
          {
            ...axisLook(style),
            type: "category",
            inverse: true,
            data: boxes.map(({ name }) => name),
            axisLabel: { ...label, show: hasNames, interval: 0, width: room - 12, overflow: "truncate" },
            splitLine: { show: false },
          },
          // Points stand beside the middle of a row, where no row of names would let them.
          { type: "value", show: false, inverse: true, min: -0.5, max: boxes.length - 0.5 },
        ],
        tooltip: readout(linesOf, style),
        series: [boxSeries(boxes, column, style)],
      };
    },
    runs: (style, isMarked) => ({
      type: "scatter",
      yAxisIndex: 1,
      symbolSize: points.length > 300 ? 5 : 8,
      z: 3,
      data: points.map((point, at) => {
        const { itemStyle, ...look } = dotLook(point, isMarked) as { itemStyle: object };
        const outline = points.length > 300 ? {} : { borderColor: style.ground, borderWidth: 1 };
        return { run: point.id, name: point.name, value: stops[at]!.value, ...look, itemStyle: { ...itemStyle, ...outline } };
      }),
    }),
  };
}

function boxSeries(boxes: readonly NamedBox[], column: string, { line, quiet, text }: PlotStyle): object {
  return {
    type: "custom",
    encode: { x: [0, 1, 2, 3, 4], y: 5 },
    data: boxes.map((box, row) => ({ value: [box.low, box.lower, box.median, box.upper, box.high, row], lines: describe(box, column) })),
    renderItem: (_: unknown, api: RenderApi) => {
      const at = (dimension: number): [number, number] => api.coord([api.value(dimension), api.value(5)]);
      const [[low, middle], [lower], [median], [upper], [high]] = [at(0), at(1), at(2), at(3), at(4)];
      const half = Math.min(64, 0.32 * api.size([0, 1])[1]);
      const stroke = (x1: number, y1: number, x2: number, y2: number, color: string, lineWidth: number): object => ({
        type: "line",
        shape: { x1, y1, x2, y2 },
        style: { stroke: color, lineWidth },
      });
      const cap = (x: number): object => stroke(x, middle - half / 2, x, middle + half / 2, quiet, 1);
      return {
        type: "group",
        children: [
          stroke(low, middle, lower, middle, quiet, 1),
          stroke(upper, middle, high, middle, quiet, 1),
          cap(low),
          cap(high),
          { type: "rect", shape: { x: lower, y: middle - half, width: upper - lower, height: 2 * half }, style: { fill: line, stroke: quiet, lineWidth: 1 } },
          stroke(median, middle - half, median, middle + half, text, 2),
        ],
      };
    },
  };
}

/** What ECharts gives to who draws an item: its values, and where they lie in pixels. */
interface RenderApi {
  value: (dimension: number) => number;
  coord: (place: [number, number]) => [number, number];
  size: (extent: [number, number]) => [number, number];
}

function describe({ name, count, low, lower, median, upper, high, mean }: NamedBox, column: string): string[] {
  const parts = [["median", median], ["mean", mean], ["middle half", lower, upper], ["whiskers", low, high]] as const;
  return [`${name}: ${count} ${count === 1 ? "run" : "runs"}`, ...parts.map(([what, ...values]) => `${what} of ${columnName(column)}: ${values.map((value) => formatNumber(value)).join(" to ")}`)];
}

/** Returns the rows of a table of boxes. */
export function boxRows(boxes: readonly NamedBox[], column: string, by: string | undefined): (string | number)[][] {
  const name = by === undefined ? "runs" : columnName(by);
  const head = ["run_id", "run", name, columnName(column), "box_low", "box_lower_quartile", "box_median", "box_upper_quartile", "box_high"];
  return [
    head,
    ...boxes.flatMap((box) => box.points.map(({ id, name, values }) => [id, name, box.name, values[0]!, box.low, box.lower, box.median, box.upper, box.high])),
  ];
}

/** Returns where beside the middle a point stands, -1 to 1: by chance, but the same at each look. */
function aside(id: string): number {
  let hash = 2166136261; // FNV-1a
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 16777619);
  return ((hash >>> 8) % 1000) / 500 - 1;
}
