import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { formatCount } from "@/data/numbers";
import { nameInSection, sectionOf } from "./arrangement";
import { BarChart } from "./BarChart";
import { ChartCard, ChartNote, ChartSkeleton } from "./ChartCard";
import { AXIS_NAMES, chartRanges, CurveChart, UNITS } from "./CurveChart";
import { hasOneStep, placesAlong, type Series } from "./curves";
import { drawBars, drawCurves } from "./drawing";
import { curveRows, makeBars, makeCurves } from "./metric-curves";
import { stepsWithin, useMetricSeries } from "./metric-series";
import type { Range } from "./ranges";
import { type ChartRun, groupsByRun, useColors } from "./runs";
import type { Exports } from "./save";
import { seriesCache } from "./series-cache";
import type { ChangeCharts, ChartState, XAxis } from "./state";

interface MetricPanelProps {
  metric: string;
  runs: readonly ChartRun[];
  state: ChartState;
  change: ChangeCharts;
  /** Pixels of the panel's width. */
  width: number;
  isFocused: boolean;
  onFocus: () => void;
  /** Whether the title has the section too: where the chart stands in another one. */
  isNamedWhole?: boolean;
}

/** The chart of a metric: curves where there are steps, bars where there are none. */
export function MetricPanel({ metric, runs, state, change, width, isNamedWhole = false, ...card }: MetricPanelProps) {
  const color = useColors(runs);
  const groups = useMemo(() => groupsByRun(runs), [runs]);
  const axis = axisOf(metric, state.x ?? "step");
  const isCommon = axis === (state.x ?? "step");
  const [ownZoom, setOwnZoom] = useState<Range>(); // of a chart whose axis is not that of the others
  const zoom = isCommon ? state.zoom : ownZoom;
  const windowOf = useWindow(runs, axis, zoom);
  const { series: all, isLoading, error } = useMetricSeries(metric, runs, { width, windowOf, times: axis !== "step" });
  const isBars = useMemo(() => all.size > 0 && [...all.values()].every(({ total }) => total <= 1), [all]);
  const wantedAxis: XAxis = axis === "step" && hasOneStep(all.values()) ? "relative" : axis;
  // While times are still on their way, the steps stay; and then runs without are left out, as those that are new.
  const timed = useMemo(() => new Map([...all].filter(([, { steps, times }]) => steps.length === times.length)), [all]);
  const drawnAxis: XAxis = timed.size ? wantedAxis : "step";
  const series = drawnAxis === "step" ? all : timed;
  const isReady = all.size > 0 && (isBars || timed.size > 0 || wantedAxis === axis);
  const { smooth: smoothing = 0, spread = "range", raw: withRuns = false, logX = false, logY = false, cut = false } = state;
  const bars = useMemo(() => (isBars ? makeBars(runs, series, color, spread) : null), [isBars, runs, series, color, spread]);
  const drawn = useMemo(
    () => (isBars ? null : makeCurves(runs, series, color, { axis: drawnAxis, smoothing, spread, withRuns })),
    [isBars, runs, series, color, drawnAxis, smoothing, spread, withRuns],
  );
  const hasPlaces = useMemo(() => drawn === null || drawn.curves.length === 0 || drawn.curves.some(({ y }) => y.some(Number.isFinite)), [drawn]);
  const shownZoom = drawnAxis === axis ? zoom : ownZoom;
  const setZoom = (range: Range | undefined): void => {
    const next = range && rounded(range, drawnAxis);
    if (isCommon && drawnAxis === axis) change({ zoom: next });
    else setOwnZoom(next);
  };

  const exports = useMemo((): Exports | undefined => {
    if (!isReady) return undefined;
    if (bars) return { svg: () => drawBars(metric, bars), rows: () => [["run_id", "run", metric], ...bars.map(({ id, name, value }) => [id, name, value])] };
    const { curves, ghosts } = drawn!;
    const logs = { logX: logX && drawnAxis !== "time", logY };
    const ranges = chartRanges(curves, ghosts, { ...logs, cut, zoom: shownZoom });
    const place = AXIS_NAMES[drawnAxis];
    return {
      svg: () => drawCurves({ title: metric, curves, ghosts, ...ranges, ...logs, unit: UNITS[drawnAxis], place }),
      rows: () => curveRows(curves, place.toLowerCase(), metric, ranges.x),
    };
  }, [bars, drawn, isReady, metric, drawnAxis, logX, logY, cut, shownZoom]);

  const retry = (): void => void seriesCache.request({ key: metric, runIds: runs.map(({ id }) => id), points: 200 });
  return (
    <ChartCard {...card} name={metric} title={isNamedWhole ? metric : nameInSection(metric)} exports={exports}>
      {error && !all.size ? (
        <ChartNote>
          {error.message}
          <Button variant="default" mt={8} mx="auto" onClick={retry}>
            Try again
          </Button>
        </ChartNote>
      ) : bars ? (
        <BarChart title={metric} bars={bars} groups={groups} />
      ) : isReady && !hasPlaces ? (
        <ChartNote>Every value of these runs is NaN or infinite: there is no place for them on an axis.</ChartNote>
      ) : isReady ? (
        <CurveChart
          title={metric}
          curves={drawn!.curves}
          ghosts={drawn!.ghosts}
          groups={groups}
          axis={drawnAxis}
          logX={logX}
          logY={logY}
          cut={cut}
          zoom={shownZoom}
          onZoom={setZoom}
        />
      ) : isLoading || all.size ? (
        <ChartSkeleton />
      ) : (
        <ChartNote>{runs.length === 1 ? "The run has" : `None of the ${formatCount(runs.length)} runs has`} logged it.</ChartNote>
      )}
    </ChartCard>
  );
}

/** The steps of system metrics only count their samples, so they stand on times. */
function axisOf(metric: string, axis: XAxis): XAxis {
  return axis === "step" && sectionOf(metric) === "system" ? "relative" : axis;
}

/** Returns what tells the steps of what is zoomed to, from the points that are there already. */
function useWindow(runs: readonly ChartRun[], axis: XAxis, zoom: Range | undefined) {
  return useMemo(() => {
    if (!zoom) return undefined;
    if (axis === "step") return (): Range => [Math.floor(zoom[0]), Math.ceil(zoom[1])];
    const starts = new Map(runs.map(({ id, start }) => [id, start]));
    return (known: ReadonlyMap<string, Series>): Range | null => {
      const timed = [...known].filter(([, { steps, times }]) => steps.length === times.length);
      const places = new Map(timed.map(([id, series]) => [series, placesAlong(axis, series, starts.get(id) ?? null)]));
      return stepsWithin(places.keys(), (series) => places.get(series)!, zoom);
    };
  }, [runs, axis, zoom]);
}

/** Steps in whole numbers, times as fine as a screen shows them: a URL that people can read. */
function rounded([from, to]: Range, axis: XAxis): Range {
  if (axis === "time") return [Math.floor(from), Math.ceil(to)];
  const unit = 10 ** (Math.floor(Math.log10(to - from)) - 3);
  const digits = Math.max(0, -Math.floor(Math.log10(unit)));
  return [Number((Math.floor(from / unit) * unit).toFixed(digits)), Number((Math.ceil(to / unit) * unit).toFixed(digits))];
}
