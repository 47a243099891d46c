/** From the series of runs to what a chart draws: along its axis, smoothed, in groups. */

import type { Bar } from "./bars";
import { valueBars } from "./bars";
import { type Curve, type Points, pointsAlong, type Series } from "./curves";
import { average, commonGrid } from "./groups";
import { type ChartRun, groupNames } from "./runs";
import { smooth } from "./smoothing";
import type { Spread, XAxis } from "./state";

export interface CurveOptions {
  axis: XAxis;
  /** Weight of the past, 0 for none. */
  smoothing: number;
  spread: Spread;
  /** Whether the runs of groups are drawn too. */
  withRuns: boolean;
}

interface Drawn {
  curves: Curve[];
  ghosts: Curve[];
}

type Color = (id: string) => string;

/** Returns the curves of runs, or of their groups if they have some. */
export function makeCurves(runs: readonly ChartRun[], series: ReadonlyMap<string, Series>, color: Color, options: CurveOptions): Drawn {
  const drawn = runs.flatMap((run) => {
    const one = series.get(run.id);
    return one ? [{ run, curve: curveOf(run, one, color, options) }] : [];
  });
  if (!drawn.some(({ run }) => run.group !== undefined)) return { curves: drawn.map(({ curve }) => curve), ghosts: [] };
  const groups = new Map<string, Curve[]>();
  for (const { run, curve } of drawn) {
    const members = groups.get(run.group ?? "");
    if (members) members.push(curve);
    else groups.set(run.group ?? "", [curve]);
  }
  const grid = commonGrid(drawn.map(({ curve }) => curve));
  const curves = groupNames(runs.filter(({ group }) => groups.has(group ?? ""))).map((name) => {
    const members = groups.get(name)!;
    const own = color(name);
    return { id: name, name, color: own, members: members.length, ...average(members, grid, options.spread) };
  });
  if (!options.withRuns) return { curves, ghosts: [] };
  const ghosts = [...groups].flatMap(([name, members]) => members.map(({ raw: _, ...member }) => ({ ...member, color: color(name) })));
  return { curves, ghosts };
}

function curveOf(run: ChartRun, series: Series, color: Color, { axis, smoothing }: CurveOptions): Curve {
  const made = remembered(series, `${axis} ${smoothing} ${axis === "relative" ? run.start : ""}`, () => {
    const points = pointsAlong(axis, series, run.start);
    return smoothing ? { x: points.x, y: smooth(points.x, points.y, smoothing, series.total), raw: points.y } : points;
  });
  return { id: run.id, name: run.name, color: color(run.id), ...made };
}

/** What was made of a series last: where one of a hundred runs has grown, the others are not computed again. */
const memory = new WeakMap<Series, { how: string; points: Points & { raw?: Float64Array } }>();

function remembered(series: Series, how: string, make: () => Points & { raw?: Float64Array }): Points & { raw?: Float64Array } {
  const before = memory.get(series);
  if (before?.how === how) return before.points;
  const points = make();
  memory.set(series, { how, points });
  return points;
}

/** Returns a bar for each run's last value, or for the mean of each group; the greatest first. */
export function makeBars(runs: readonly ChartRun[], series: ReadonlyMap<string, Series>, color: Color, spread: Spread): Bar[] {
  const last = new Map([...series].flatMap(([id, { values }]) => (values.length ? [[id, values[values.length - 1]!] as const] : [])));
  return valueBars(runs, last, color, spread);
}

/** Returns the points of curves as rows of a table, each with its run or group. */
export function curveRows(curves: readonly Curve[], place: string, metric: string, within: readonly [number, number]): (string | number)[][] {
  const isGrouped = curves.some(({ band }) => band);
  const isSmoothed = curves.some(({ raw }) => raw);
  const head = isGrouped ? ["group", place, `mean ${metric}`, "low", "high"] : ["run_id", "run", place, metric, ...(isSmoothed ? [`${metric} (not smoothed)`] : [])];
  const rows: (string | number)[][] = [head];
  for (const { id, name, x, y, raw, band } of curves) {
    for (let i = 0; i < x.length; i++) {
      if (x[i]! < within[0] || x[i]! > within[1]) continue;
      rows.push(band ? [name, x[i]!, y[i]!, band.low[i]!, band.high[i]!] : [id, name, x[i]!, y[i]!, ...(isSmoothed ? [raw?.[i] ?? y[i]!] : [])]);
    }
  }
  return rows;
}
