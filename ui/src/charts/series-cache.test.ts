// @vitest-environment jsdom
import { expect, it, vi } from "vitest";
import type { MetricSeries } from "@/api/types";
import { pointsFor, spliced, stepsWithin } from "./metric-series";
import { SeriesCache, type Wanted } from "./series-cache";

/** A server on which each run has `total` points of which at most `points` are sent. */
function makeServer(total: number) {
  const logged = { total };
  const fetch = vi.fn(async ({ key, runIds, points, window, times, known }: Wanted): Promise<MetricSeries[]> => {
    const steps = Array.from({ length: logged.total }, (_, step) => step).filter((step) => !window || (step >= window[0] && step <= window[1]));
    const kept = steps.filter((_, at) => at % Math.max(1, Math.ceil(steps.length / points)) === 0);
    return runIds
      .filter((id, at) => id !== "empty" && known?.[at] !== logged.total)
      .map((run_id) => ({
        run_id,
        metric_key: key,
        steps: kept,
        timestamps: times ? kept : [],
        values: kept.map((step) => (step === 2 ? ("NaN" as const) : step)),
        total: steps.length,
        count: logged.total,
      }));
  });
  return { logged, fetch };
}

it("fetches each series once, and says when it is there", async () => {
  const { fetch } = makeServer(10);
  const cache = new SeriesCache(fetch);
  const told = vi.fn();
  cache.subscribe("loss", told);
  await cache.request({ key: "loss", runIds: ["a", "empty"], points: 100 });
  await cache.request({ key: "loss", runIds: ["a", "b"], points: 100 });
  expect(fetch.mock.calls.map(([{ runIds }]) => runIds)).toEqual([["a", "empty"], ["b"]]);
  expect(told).toHaveBeenCalledTimes(2);
  expect(cache.get("loss", "a")!.values[2]).toBeNaN();
  expect(cache.get("loss", "empty")).toBeNull();
  expect(cache.get("loss", "c")).toBeUndefined();
});

it("asks once for what two charts want at the same moment", async () => {
  const { fetch } = makeServer(10);
  const cache = new SeriesCache(fetch);
  await Promise.all([1, 2].map(() => cache.request({ key: "loss", runIds: ["a"], points: 100 })));
  expect(fetch).toHaveBeenCalledTimes(1);
});

it("fetches more detail only of what was reduced", async () => {
  const { fetch } = makeServer(1000);
  const cache = new SeriesCache(fetch);
  await cache.request({ key: "loss", runIds: ["a"], points: 100 });
  await cache.request({ key: "loss", runIds: ["a"], points: 100, window: [100, 150] });
  expect(cache.detail("loss", "a", [100, 150])!.steps).toHaveLength(51);
  expect(cache.detail("loss", "a", [100, 151])).toBeNull();
  await cache.request({ key: "loss", runIds: ["a"], points: 2000 });
  await cache.request({ key: "loss", runIds: ["a"], points: 3000 });
  await cache.request({ key: "loss", runIds: ["a"], points: 100, window: [1, 2] });
  expect(fetch).toHaveBeenCalledTimes(3);
});

it("fetches times when an axis needs them, and keeps them", async () => {
  const { fetch } = makeServer(10);
  const cache = new SeriesCache(fetch);
  const wanted = { key: "loss", runIds: ["a"], points: 100 };
  await cache.request(wanted);
  expect(cache.get("loss", "a")!.times).toHaveLength(0);
  await cache.request({ ...wanted, times: true });
  await cache.request({ ...wanted, times: true });
  await cache.request(wanted);
  expect(cache.get("loss", "a")!.times).toHaveLength(10);
  expect(fetch).toHaveBeenCalledTimes(2);
});

it("tells nobody of a look that found nothing new", async () => {
  const { fetch, logged } = makeServer(10);
  const cache = new SeriesCache(fetch);
  const wanted = { key: "loss", runIds: ["a"], points: 100 };
  await cache.request(wanted);
  const told = vi.fn();
  cache.subscribe("loss", told);
  await cache.request(wanted, true);
  expect(told).not.toHaveBeenCalled();
  logged.total = 11;
  await cache.request(wanted, true);
  expect(told).toHaveBeenCalledTimes(1);
  expect(cache.get("loss", "a")!.steps).toHaveLength(11);
});

it("keeps an error until the next answer", async () => {
  const fetch = vi.fn().mockRejectedValueOnce(new Error("The server does not answer.")).mockResolvedValue([]);
  const cache = new SeriesCache(fetch);
  await cache.request({ key: "loss", runIds: ["a"], points: 100 });
  expect(cache.error("loss")!.message).toBe("The server does not answer.");
  await cache.request({ key: "loss", runIds: ["a"], points: 100 });
  expect(cache.error("loss")).toBeUndefined();
});

it("divides what is much, and asks for fewer points of many runs", async () => {
  const { fetch } = makeServer(10);
  const cache = new SeriesCache(fetch);
  await cache.request({ key: "loss", runIds: Array.from({ length: 1000 }, (_, i) => `run${i}`), points: 400 });
  expect(fetch.mock.calls.length).toBeGreaterThan(1);
  expect(fetch.mock.calls.flatMap(([{ runIds }]) => runIds)).toHaveLength(1000);
  expect(fetch.mock.calls[0]![0].points).toBeLessThan(400);
});

const series = (steps: number[], total = steps.length) => ({
  steps: Float64Array.from(steps),
  times: Float64Array.from(steps, (step) => step * 10),
  values: Float64Array.from(steps, (step) => -step),
  total,
  count: total,
});

it("puts detail into the place of its part", () => {
  const joined = spliced(series([0, 10, 20, 30], 31), series([10, 11, 12, 20]), [10, 20]);
  expect([...joined.steps]).toEqual([0, 10, 11, 12, 20, 30]);
  expect([...joined.values]).toEqual([-0, -10, -11, -12, -20, -30]);
  expect(joined.total).toBe(31);
  expect([...spliced(series([0, 10]), series([]), [50, 60]).steps]).toEqual([0, 10]);
  const timeless = { ...series([0, 10, 20]), times: new Float64Array() };
  expect(spliced(timeless, series([10, 11]), [10, 20])).toMatchObject({ steps: Float64Array.of(0, 10, 11), times: new Float64Array() });
});

it("finds the steps of a part of another axis, with one more at each side", () => {
  const along = (one: { times: Float64Array }) => one.times;
  expect(stepsWithin([series([0, 1, 2, 3, 4])], along, [15, 25])).toEqual([1, 3]);
  expect(stepsWithin([series([0, 1])], along, [50, 60])).toBeNull();
});

it("wants as many points as the chart has pixels, in few steps", () => {
  expect([0, 240, 300, 620, 99_999].map(pointsFor)).toEqual([0, 200, 400, 800, 3200]);
});
