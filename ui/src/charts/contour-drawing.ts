/** Contour plots: a metric over two columns, as bands of colour between the runs. */

import { formatNumber } from "@/data/numbers";
import { columnName } from "./chart-keys";
import { type Field, interpolate, partsAbove, type Place } from "./contours";
import { hexColor } from "./drawing";
import { axisLook, axisName, dotLook, extent, isSpreadWide, linesBy, type PlotDrawing, type PlotPoint, type PlotStyle, readout } from "./plots";
import { makeTicks } from "./ticks";

/** Of fewer runs nothing lies between. */
export const LEAST_RUNS = 6;

/** About so many bands of colour are told apart. */
const BANDS = 9;

/** Room that the axes leave around the runs, a share of their length. */
const MARGIN = 0.05;

/** Where the colours fade step by step, in distances between neighbours: there no run is near, and they are a guess. */
const FADES = [0.8, 1.1, 1.5];

/** The least that counts as the distance between neighbours, in shares of the square: many runs lie in heaps. */
const NEAR = 0.18;

/** An axis of numbers, on which logarithms stand for those that span decades. */
interface Scale {
  from: number;
  to: number;
  isLog: boolean;
  place: (value: number) => number;
}

function scaleOf(values: readonly number[], margin: number): Scale {
  const isLog = isSpreadWide(values);
  const place = isLog ? Math.log10 : (value: number): number => value;
  const [least, most] = extent(values).map(place) as [number, number];
  const room = (most - least || Math.abs(most) || 1) * margin;
  return { from: least - room, to: most + room, isLog, place };
}

/** Returns a contour plot of points whose values are of the metric and of the two axes, all of them numbers. */
export function contourDrawing(points: readonly PlotPoint[], [metric, ...axes]: readonly string[]): PlotDrawing {
  const column = (at: number): number[] => points.map(({ values }) => values[at] as number);
  const [x, y] = [scaleOf(column(1), MARGIN), scaleOf(column(2), MARGIN)];
  const heights = scaleOf(column(0), 0);
  const share = ({ place, from, to }: Scale, value: number): number => (place(value) - from) / (to - from);
  const places = points.map(({ values: [value, across, up] }): Place => {
    return { x: share(x, across as number), y: 1 - share(y, up as number), value: heights.place(value as number) };
  });
  const { surface, distance } = interpolate(places);
  const levels = levelsOf(surface, heights.isLog);
  const fades = FADES.map((far) => far * Math.max(NEAR, 1 / Math.sqrt(points.length)));
  const axis = (scale: Scale, name: string, gap: number, style: PlotStyle): object => ({
    ...axisLook(style),
    ...axisName(name, style, gap),
    type: "value",
    min: scale.from,
    max: scale.to,
    ...(scale.isLog ? { minInterval: 1 } : {}),
    splitLine: { show: false },
    axisLabel: {
      color: style.quiet,
      fontSize: 11,
      hideOverlap: true,
      showMinLabel: false,
      showMaxLabel: false,
      formatter: (value: number) => formatNumber(scale.isLog ? 10 ** value : value, 3),
    },
  });
  const valueOf = ({ values }: PlotPoint): [number, number] => [x.place(values[1] as number), y.place(values[2] as number)];
  const linesOf = linesBy(points, [metric!, ...axes]);
  return {
    walk: { kind: "plane", stops: points.map((point) => ({ id: point.id, value: valueOf(point) })) },
    linesOf,
    frame: (style) => ({
      grid: { left: 56, right: 68, top: 12, bottom: 44 },
      xAxis: axis(x, axes[0]!, 26, style),
      yAxis: axis(y, axes[1]!, 42, style),
      tooltip: readout(linesOf, style),
      series: [{ type: "custom", silent: true, data: [0], z: 1, renderItem: backdrop({ surface, levels, distance, fades, isLog: heights.isLog, name: columnName(metric!) }, style) }],
    }),
    runs: (style, isMarked) => ({
      type: "scatter",
      symbolSize: points.length > 300 ? 6 : 10,
      z: 3,
      data: points.map((point) => {
        const { itemStyle, ...look } = dotLook(point, isMarked, 1) as { itemStyle: object };
        return { run: point.id, name: point.name, value: valueOf(point), ...look, itemStyle: { ...itemStyle, borderColor: style.ground, borderWidth: 1.5 } };
      }),
    }),
  };
}

/** Returns the levels between the bands, from the lowest: round numbers where they are enough. */
function levelsOf({ values }: Field, isLog: boolean): number[] {
  const [least, most] = extent([...values]);
  if (!(most > least)) return [];
  if (!isLog) return makeTicks([least, most], BANDS, "number", false).places.filter((place) => place > least && place < most);
  return Array.from({ length: BANDS - 1 }, (_, at) => least + ((most - least) * (at + 1)) / BANDS);
}

interface Square {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Backdrop {
  surface: Field;
  levels: readonly number[];
  distance: Field;
  fades: readonly number[];
  /** Whether the surface is of logarithms. */
  isLog: boolean;
  /** What the colours are of. */
  name: string;
}

/** Returns what draws the bands, fades them where no run is near, and tells what the colours mean. */
function backdrop({ surface, levels, distance, fades, isLog, name }: Backdrop, style: PlotStyle) {
  let drawn: { size: string; children: object[] } | null = null;
  return ({ coordSys }: { coordSys: Square }): object => {
    const size = [coordSys.x, coordSys.y, coordSys.width, coordSys.height].join();
    // The runs are drawn anew at the pointer's pace; what lies below them changes with the size alone.
    if (drawn?.size !== size) drawn = { size, children: [...bands(coordSys), ...legend(coordSys)] };
    return { type: "group", children: drawn.children };
  };

  function bands(square: Square): object[] {
    const above = levels.map((level, at) => path(partsAbove(surface, level), square, { fill: bandColor(at + 1) }));
    const faded = fades.map((far) => path(partsAbove(distance, far), square, { fill: style.ground, opacity: 0.45 }));
    return [{ type: "rect", shape: square, style: { fill: bandColor(0) } }, ...above, ...faded];
  }

  function legend({ x, y, width, height }: Square): object[] {
    const left = x + width + 12;
    const step = height / (levels.length + 1);
    const text = (content: string, top: number, verticalAlign: string): object => ({
      type: "text",
      style: { text: content, x: left + 14, y: top, fill: style.quiet, font: "11px Inter Variable, Inter, sans-serif", verticalAlign, width: 52, overflow: "truncate" },
    });
    const format = (level: number): string => formatNumber(isLog ? 10 ** level : Number(level.toPrecision(12)), 3);
    const rects = Array.from({ length: levels.length + 1 }, (_, at) => ({
      type: "rect",
      shape: { x: left, y: y + height - (at + 1) * step, width: 8, height: step + 0.5 },
      style: { fill: bandColor(at) },
    }));
    const sparse = step < 14 ? 2 : 1;
    const labels = levels.flatMap((level, at) => (at % sparse ? [] : [text(format(level), y + height - (at + 1) * step, "middle")]));
    return levels.length ? [...rects, ...labels] : [text(name, y, "top")];
  }

  function bandColor(at: number): string {
    return rampColor(levels.length ? at / levels.length : 0.5, style.scheme);
  }
}

function path(parts: readonly (readonly (readonly [number, number])[])[], { x, y, width, height }: Square, look: object): object {
  const round = (value: number): number => Math.round(value * 10) / 10;
  const moves = parts.map((corners) => `M${corners.map(([across, down]) => `${round(x + across * width)} ${round(y + down * height)}`).join("L")}Z`);
  return { type: "path", shape: { pathData: moves.join("") || "M0 0" }, style: look };
}

/** Returns a colour between those of the least and the greatest value: far from the ground is more, in both schemes. */
export function rampColor(share: number, scheme: "light" | "dark"): string {
  const between = (from: number, to: number): number => from + (to - from) * share;
  const lightness = scheme === "light" ? between(0.95, 0.42) : between(0.3, 0.9);
  const chroma = 0.04 + 0.09 * Math.sin(Math.PI * Math.min(1, 0.25 + 0.6 * share));
  return hexColor(`oklch(${lightness.toFixed(3)} ${chroma.toFixed(3)} ${(scheme === "light" ? between(110, 265) : between(270, 105)).toFixed(1)})`);
}
