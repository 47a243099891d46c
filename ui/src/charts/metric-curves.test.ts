// @vitest-environment jsdom
import { expect, it } from "vitest";
import type { Series } from "./curves";
import { makeBars, makeCurves } from "./metric-curves";
import type { ChartRun } from "./runs";

const series = (...values: number[]): Series => {
  const steps = Float64Array.from(values, (_, at) => at);
  return { steps, times: steps, values: Float64Array.from(values), total: values.length, count: values.length };
};
const run = (id: string, group?: string): ChartRun => ({ id, name: `run ${id}`, isLive: false, start: 0, ...(group === undefined ? {} : { group }) });
const color = (id: string) => `color of ${id}`;
const options = { axis: "step", smoothing: 0, spread: "range", withRuns: false } as const;

it("makes a curve for each run that has points", () => {
  const { curves, ghosts } = makeCurves([run("a"), run("b")], new Map([["a", series(1, 2)]]), color, options);
  expect(curves.map(({ id, name, color }) => [id, name, color])).toEqual([["a", "run a", "color of a"]]);
  expect(curves[0]!.raw).toBeUndefined();
  expect(ghosts).toEqual([]);
});

it("keeps the values behind smoothed ones", () => {
  const { curves } = makeCurves([run("a")], new Map([["a", series(1, 3)]]), color, { ...options, smoothing: 0.5 });
  expect([...curves[0]!.raw!]).toEqual([1, 3]);
  expect(curves[0]!.y[1]).toBeLessThan(3);
});

it("makes a curve for each group, and its runs if they are wanted", () => {
  const points = new Map([["a", series(1, 1)], ["b", series(3, 3)], ["c", series(8, 8)]]);
  const runs = [run("c", "b10"), run("a", "b9"), run("b", "b9")];
  const { curves, ghosts } = makeCurves(runs, points, color, { ...options, withRuns: true });
  expect(curves.map(({ name, members }) => [name, members])).toEqual([["b9", 2], ["b10", 1]]);
  expect([...curves[0]!.y]).toEqual([2, 2]);
  expect([...curves[0]!.band!.high]).toEqual([3, 3]);
  expect(ghosts.map(({ id, color }) => [id, color])).toEqual([["c", "color of b10"], ["a", "color of b9"], ["b", "color of b9"]]);
  expect(makeCurves(runs, points, color, options).ghosts).toEqual([]);
});

it("makes bars of runs, and of groups with their spread", () => {
  const points = new Map([["a", series(1)], ["b", series(3)], ["c", series(NaN)]]);
  expect(makeBars([run("a"), run("c")], points, color, "range").map(({ id, value }) => [id, value])).toEqual([["a", 1], ["c", NaN]]);
  expect(makeBars([run("a", "x"), run("b", "x"), run("c", "x")], points, color, "range")).toEqual([
    { id: "x", name: "x", color: "color of x", value: 2, spread: [1, 3] },
  ]);
});
