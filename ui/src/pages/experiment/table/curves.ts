/** The small curves in the cells of metrics: fetched for the rows in sight alone, once they stand still. */

import { call } from "@/api/client";
import { toNumber } from "@/data/numbers";
import { createStore } from "@/data/store";

export const CURVE_WIDTH = 40;
export const CURVE_HEIGHT = 14;

const POINTS = 32;
const PAUSE = 120;
const FRESH = 2_500;
const MOST = 6_000;

interface Curve {
  /** Path of the curve; empty if the metric has fewer than two points. */
  path: string;
  fetchedAt: number;
}

export interface WantedRun {
  id: string;
  isLive: boolean;
}

const curves = new Map<string, Curve>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** Grows when curves have come. */
export const curvesVersion = createStore(0);

/** Returns the path of a curve; empty while it has not come, and if there is none. */
export function curveOf(runId: string, metric: string): string {
  return curves.get(`${runId} ${metric}`)?.path ?? "";
}

/** Asks for the curves of these runs and metrics after a short pause, in which another wish takes its place. */
export function wantCurves(runs: readonly WantedRun[], metrics: readonly string[]): void {
  clearTimeout(timer);
  timer = setTimeout(() => void fetchCurves(runs, metrics), PAUSE);
}

async function fetchCurves(runs: readonly WantedRun[], metrics: readonly string[]): Promise<void> {
  const now = Date.now();
  let hasNews = false;
  for (const metric of metrics) {
    const missing = runs.filter(({ id, isLive }) => {
      const curve = curves.get(`${id} ${metric}`);
      return !curve || (isLive && now - curve.fetchedAt > FRESH);
    });
    if (missing.length === 0) continue;
    const run_ids = missing.map(({ id }) => id);
    try {
      const { series } = await call("get_metric_series", { run_ids, metric_key: metric, max_points: POINTS });
      const found = new Map(series.map((one) => [one.run_id, one]));
      for (const id of run_ids) {
        const one = found.get(id);
        curves.set(`${id} ${metric}`, { path: one ? drawCurve(one.steps, one.values.map(toNumber)) : "", fetchedAt: now });
      }
      hasNews = true;
    } catch {
      return; // a curve is an ornament: the table says by itself when the server does not answer
    }
  }
  for (const key of curves.keys()) {
    if (curves.size <= MOST) break;
    curves.delete(key);
  }
  if (hasNews) curvesVersion.set((version) => version + 1);
}

/** Returns the path of a curve that fills its box; what is not finite is left out. */
export function drawCurve(steps: readonly number[], values: readonly number[]): string {
  const points = values.flatMap((value, at) => (Number.isFinite(value) ? [[steps[at]!, value] as const] : []));
  if (points.length < 2) return "";
  const low = Math.min(...points.map(([, value]) => value));
  const high = Math.max(...points.map(([, value]) => value));
  const first = points[0]![0];
  const width = points.at(-1)![0] - first;
  if (width <= 0) return "";
  const x = (step: number): string => (1 + ((step - first) / width) * (CURVE_WIDTH - 2)).toFixed(1);
  const y = (value: number): string => (high === low ? CURVE_HEIGHT / 2 : 1 + ((high - value) / (high - low)) * (CURVE_HEIGHT - 2)).toFixed(1);
  return points.map(([step, value], at) => `${at ? "L" : "M"}${x(step)} ${y(value)}`).join("");
}
