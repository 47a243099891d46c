import { describe, expect, it } from "vitest";
import type { RunKeys } from "@/api/types";
import { addColumns, chooseColumns, columnsBetween, compareKeys, findConstants, layColumns, moveColumn } from "./columns";

const metric = (key: string, runs = 4) => ({ key, runs, has_steps: true, min: 0, max: 1 });
const param = (key: string, value: string | null, runs = 4) => ({ key, runs, distinct: value === null ? 2 : 1, value });

const KEYS: RunKeys = {
  runs: 4, looked_at: 4, metric_count: 0, param_count: 0, tag_count: 0, tags: [],
  metrics: ["lr", "train/loss", "val/loss", "val/acc", "system/cpu"].map((key) => metric(key)),
  params: [param("batch_size", "128"), param("lr", null), param("seed", "1", 2)],
};

describe("the first columns", () => {
  it("are the metrics by which runs are judged, and the params that differ", () => {
    expect(chooseColumns(KEYS)).toEqual([
      "start_time", "duration", "metrics.val/acc", "metrics.val/loss", "metrics.train/loss", "metrics.lr", "params.lr", "params.seed",
    ]);
  });
  it("are metrics before anything else where few are in sight", () => {
    expect(chooseColumns(KEYS, true).slice(0, 2)).toEqual(["metrics.val/acc", "metrics.val/loss"]);
    expect(chooseColumns(KEYS, true).toSorted()).toEqual(chooseColumns(KEYS).toSorted());
  });
  it("leave out what is the same in all runs, if there are several", () => {
    expect(findConstants(KEYS).map(({ key }) => key)).toEqual(["batch_size"]);
    expect(findConstants({ ...KEYS, runs: 1 })).toEqual([]);
  });
});

it("stand in the order of people: by prefix, numbers by their value, whatever the case of letters", () => {
  expect(["b10", "layer/2", "b9", "A", "layer/10", "b"].sort(compareKeys)).toEqual(["A", "b", "b9", "b10", "layer/2", "layer/10"]);
});

describe("the layout", () => {
  const { pinned, scrolled } = layColumns(["duration", "metrics.val/a", "metrics.val/b", "params.x"], ["params.x"], { duration: 100, "metrics.val/b": 3 });
  it("keeps the name and what is pinned apart", () => {
    expect(pinned.columns.map(({ id }) => id)).toEqual(["run_name", "params.x"]);
    expect(scrolled.columns.map(({ id, label }) => [id, label])).toEqual([["duration", "Duration"], ["metrics.val/a", "a"], ["metrics.val/b", "b"]]);
  });
  it("puts neighbours of one prefix below one head", () => {
    expect(scrolled.heads).toMatchObject([{ label: "", left: 0, width: 100 }, { label: "Metrics · val", left: 100 }]);
  });
  it("has no column that is too narrow", () => expect(scrolled.columns[2]!.width).toBe(48));
  it("finds what is in sight", () => {
    expect(columnsBetween(scrolled, 120, 130)).toEqual([1, 2]);
    expect(columnsBetween(scrolled, -300, 10_000)).toEqual([0, 3]);
  });
});

it("adds columns behind those of their kind", () => {
  expect(addColumns(["duration", "metrics.a", "params.x"], ["metrics.b", "metrics.c", "params.x", "tags.t"])).toEqual([
    "duration", "metrics.a", "metrics.b", "metrics.c", "params.x", "tags.t",
  ]);
});

it("moves columns before others", () => {
  expect(moveColumn(["a", "b", "c"], "c", 0)).toEqual(["c", "a", "b"]);
  expect(moveColumn(["a", "b", "c"], "a", 3)).toEqual(["b", "c", "a"]);
  expect(moveColumn(["a", "b", "c"], "b", 2)).toEqual(["a", "b", "c"]);
});
