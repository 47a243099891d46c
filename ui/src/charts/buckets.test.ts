import { expect, it } from "vitest";
import { boxesOf, MOST_BOXES } from "./boxes";
import { bucketsOf } from "./buckets";
import { countBars, valueBars } from "./bars";
import type { ChartRun } from "./runs";

const ids = (count: number): string[] => Array.from({ length: count }, (_, at) => `r${at}`);
const numbers = (values: readonly number[]) => ({ numbers: new Map([["c", new Map(values.map((value, at) => [`r${at}`, value]))]]), texts: new Map() });
const texts = (values: readonly string[]) => ({ numbers: new Map(), texts: new Map([["c", new Map(values.map((value, at) => [`r${at}`, value]))]]) });
const named = (buckets: ReturnType<typeof bucketsOf>): [string, number][] => buckets.map(({ name, ids }) => [name, ids.length]);
const run = (id: string, group?: string): ChartRun => ({ id, name: `run ${id}`, isLive: false, start: null, ...(group === undefined ? {} : { group }) });

it("puts runs together that have the same text, in its order", () => {
  expect(named(bucketsOf(ids(6), texts(["v10", "v9", "v10", "", "v9"]), "c"))).toEqual([["(empty)", 1], ["v9", 2], ["v10", 2], ["not set", 1]]);
});

it("keeps few numbers as they are, and makes ranges of many", () => {
  expect(named(bucketsOf(ids(5), numbers([32, 128, 32, 64]), "c"))).toEqual([["32", 2], ["64", 1], ["128", 1], ["not set", 1]]);
  const many = bucketsOf(ids(60), numbers(Array.from({ length: 60 }, (_, at) => at)), "c");
  expect(named(many)).toEqual([["0 – 9", 10], ["10 – 19", 10], ["20 – 29", 10], ["30 – 39", 10], ["40 – 49", 10], ["50 – 59", 10]]);
});

it("never cuts a range through equal values", () => {
  const values = Array.from({ length: 60 }, (_, at) => (at < 45 ? 1 : at));
  const buckets = bucketsOf(ids(60), numbers(values), "c");
  expect(named(buckets)[0]).toEqual(["1", 45]);
  expect(buckets.flatMap((bucket) => bucket.ids)).toHaveLength(60);
});

it("draws the boxes of the most runs", () => {
  const points = ids(100).map((id, at) => ({ id, name: id, color: "", values: [at] }));
  const buckets = Array.from({ length: 40 }, (_, at) => ({ name: `b${at}`, ids: at < 30 ? [`r${at}`] : [`r${at}`, `r${at + 30}`] }));
  const { boxes, left } = boxesOf(points, buckets);
  expect(boxes).toHaveLength(MOST_BOXES);
  expect(left).toBe(40 - MOST_BOXES);
  expect(boxes.map(({ name }) => name).slice(-10)).toEqual(buckets.slice(30).map(({ name }) => name));
  expect(boxesOf(points, null).boxes).toMatchObject([{ name: "All runs", count: 100, median: 49.5 }]);
});

it("makes bars of runs, and of the mean of groups with how far they spread", () => {
  const values = new Map([["a", 1], ["b", 5], ["c", NaN], ["d", 3]]);
  const color = (id: string): string => `color of ${id}`;
  expect(valueBars(["a", "b", "c", "e"].map((id) => run(id)), values, color, "range").map(({ id, value }) => [id, value])).toEqual([["b", 5], ["a", 1], ["c", NaN]]);
  const grouped = [run("a", "x"), run("b", "x"), run("d", "y"), run("c", "y")];
  expect(valueBars(grouped, values, color, "range")).toEqual([
    { id: "x", name: "x", color: "color of x", value: 3, spread: [1, 5] },
    { id: "y", name: "y", color: "color of y", value: 3, spread: [3, 3] },
  ]);
  const [x] = valueBars(grouped, values, color, "deviation");
  expect(x!.spread!.map((end) => Number(end.toFixed(4)))).toEqual([0.1716, 5.8284]);
});

it("counts the runs of a value", () => {
  expect(countBars(bucketsOf(ids(3), texts(["a", "b", "a"]), "c"), "red").map(({ name, value }) => [name, value])).toEqual([["a", 2], ["b", 1]]);
});
