/** One metric of many runs for a chart: fetched when it is shown, kept fresh while runs run. */

import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { LIVE } from "@/api/live";
import { hasOneStep, type Series } from "./curves";
import type { Range } from "./ranges";
import { isReduced, seriesCache } from "./series-cache";

export interface SeriesRun {
  id: string;
  /** Whether points may still arrive. */
  isLive: boolean;
}

export interface MetricSeriesOptions {
  /** Pixels of the chart's width: more points than those show nothing. */
  width: number;
  /** Tells the first and last step of the part that needs detail, from what is known of the series; must be the same function as long as it tells the same. */
  windowOf?: ((known: ReadonlyMap<string, Series>) => Range | null) | undefined;
  /** Whether the times of the points are needed; those of metrics without steps come in any case. */
  times: boolean;
}

export interface MetricSeriesState {
  /** By the id of the run; runs without points are left out. */
  series: ReadonlyMap<string, Series>;
  /** Whether nothing has been said yet of some of the runs. */
  isLoading: boolean;
  error: Error | undefined;
}

/** A share of the time between two looks that they may take: a slow server is asked less often. */
const SHARE = 0.25;

/** Returns a metric's series of runs, with detail where it is zoomed to. */
export function useMetricSeries(key: string, runs: readonly SeriesRun[], { width, windowOf, times }: MetricSeriesOptions): MetricSeriesState {
  const points = pointsFor(width);
  const version = useSyncExternalStore(
    useMemo(() => (listener: () => void) => seriesCache.subscribe(key, listener), [key]),
    () => seriesCache.version(key),
  );
  const whole = useMemo(() => {
    const series = new Map<string, Series>();
    let isLoading = false;
    for (const { id } of runs) {
      const one = seriesCache.get(key, id);
      if (one === undefined) isLoading = true;
      if (one) series.set(id, one);
    }
    const error = seriesCache.error(key);
    return { series, isLoading: isLoading && !error, error };
    // The version stands for what the cache holds.
  }, [key, runs, version]);
  const [from, to] = windowOf?.(whole.series) ?? [];

  const state = useMemo(() => {
    if (from === undefined || to === undefined) return whole;
    const series = new Map(whole.series);
    for (const [id, one] of whole.series) {
      const detail = isReduced(one) ? seriesCache.detail(key, id, [from, to]) : null;
      if (detail) series.set(id, spliced(one, detail, [from, to]));
    }
    return { ...whole, series };
  }, [key, whole, from, to]);
  const needsTimes = times || hasOneStep(state.series.values());

  useEffect(() => {
    if (!points) return;
    const wanted = { key, runIds: runs.map(({ id }) => id), points, times: needsTimes };
    void seriesCache.request(wanted);
    if (from !== undefined && to !== undefined) void seriesCache.request({ ...wanted, window: [from, to] });
  }, [key, runs, points, from, to, needsTimes]);

  useLooks(key, runs, points, needsTimes);
  return state;
}

/** Looks again and again at the runs that run, and once more at those that have just ended. */
function useLooks(key: string, runs: readonly SeriesRun[], points: number, times: boolean): void {
  const before = useRef<ReadonlySet<string>>(new Set());
  const liveIds = useMemo(() => runs.filter(({ isLive }) => isLive).map(({ id }) => id), [runs]);
  const live = liveIds.join();
  useEffect(() => {
    const now = new Set(live ? live.split(",") : []);
    const ended = [...before.current].filter((id) => !now.has(id));
    before.current = now;
    if (ended.length && points) void seriesCache.request({ key, runIds: ended, points, times }, true);
    if (!now.size || !points) return;
    let timer = 0;
    const look = async (): Promise<void> => {
      const start = performance.now();
      if (document.visibilityState === "visible") await seriesCache.request({ key, runIds: [...now], points, times }, true);
      timer = setTimeout(look, Math.max(LIVE, (performance.now() - start) / SHARE)) as unknown as number;
    };
    timer = setTimeout(look, LIVE) as unknown as number;
    return () => clearTimeout(timer);
  }, [key, live, points, times]);
}

/** Returns how many points a chart of so many pixels needs, in few steps: a moved divider fetches nothing new. */
export function pointsFor(width: number): number {
  return width ? Math.min(3200, 200 * 2 ** Math.max(0, Math.ceil(Math.log2(width / 250)))) : 0;
}

/** Returns a series with the detail in the place of its part. */
export function spliced(whole: Series, detail: Series, [from, to]: Range): Series {
  const start = whole.steps.findIndex((step) => step >= from);
  let end = whole.steps.findIndex((step) => step > to);
  if (start < 0) return whole;
  if (end < 0) end = whole.steps.length;
  const join = (part: "steps" | "times" | "values"): Float64Array => {
    const joined = new Float64Array(start + detail[part].length + whole[part].length - end);
    joined.set(whole[part].subarray(0, start));
    joined.set(detail[part], start);
    joined.set(whole[part].subarray(end), start + detail[part].length);
    return joined;
  };
  const hasTimes = [whole, detail].every(({ steps, times }) => times.length === steps.length);
  return { steps: join("steps"), times: hasTimes ? join("times") : new Float64Array(), values: join("values"), total: whole.total, count: whole.count };
}

/**
 * Returns the steps that a part of an x axis covers in any of the series: what has to be fetched for its detail.
 *
 * @param along The places of a series' points on the axis, in the order of step.
 */
export function stepsWithin(series: Iterable<Series>, along: (series: Series) => Float64Array, [from, to]: Range): Range | null {
  let first = Infinity;
  let last = -Infinity;
  for (const one of series) {
    const x = along(one);
    for (let i = 0; i < x.length; i++) {
      const next = x[Math.min(i + 1, x.length - 1)]!;
      const previous = x[Math.max(i - 1, 0)]!;
      if (next < from || previous > to) continue; // one point more at each side, so that lines go on to the edge
      if (one.steps[i]! < first) first = one.steps[i]!;
      if (one.steps[i]! > last) last = one.steps[i]!;
    }
  }
  return first <= last ? [first, last] : null;
}
