import { expect, it } from "vitest";
import { arrange, sectionsOf } from "./arrangement";
import { chartKeyText, parseChartKey } from "./chart-keys";
import { boxesOf, countShown, gridOf, heightOf, layOut, stepPlace } from "./layout";
import type { ChartState } from "./state";

const rowsOf = (metrics: string[], state: ChartState = {}, columns = 2, images: string[] = []) => {
  const automatic = sectionsOf(metrics, images);
  const names = new Set([...automatic.values()].flat());
  return layOut(arrange(automatic, state), { ...state, columns, isThere: (chart) => names.has(chart) });
};

const textsOf = (metrics: string[], state?: ChartState, columns?: number, images?: string[]): string[] =>
  rowsOf(metrics, state, columns, images).map((row) =>
    row.kind === "heads"
      ? row.sections.map(({ name, count, hidden, isOpen }) => `${name} ${count}${hidden.length ? ` -${hidden.length}` : ""}${isOpen ? "" : " folded"}`).join(" | ")
      : row.kind === "none"
        ? "none"
        : row.cells.map(({ chart, column, span }) => `${column}${span > 1 ? `+${span}` : ""} ${chart}`).join(", "),
  );

it("makes sections by prefix, system last and folded", () => {
  expect(textsOf(["system/cpu", "zeta/a", "val/b", "train/c", "lr", "train/a10", "train/a9"])).toEqual([
    "Metrics 1",
    "0 metrics.lr",
    "train 3",
    "0 metrics.train/a9, 1 metrics.train/a10",
    "0 metrics.train/c",
    "val 1 | zeta 1",
    "0 metrics.val/b, 1 metrics.zeta/a",
    "system 1 folded",
  ]);
});

it("gives each series of images a row of its own", () => {
  const images = ["val/mask", "input"];
  expect(textsOf(["val/b", "zeta/a"], {}, 2, images)).toEqual(["val 1", "0 metrics.val/b", "Images 2", "0+2 images.input", "0+2 images.val/mask", "zeta 1", "0 metrics.zeta/a"]);
  expect(textsOf(["val/b"], { charts: ["images.input", "images.gone"], chartSizes: { "images.input": "small 300" } }, 2, images)).toEqual([
    "Added 1 | val 1",
    "0 images.input, 1 metrics.val/b",
    "Images 1",
    "0+2 images.val/mask",
  ]);
  const grid = { columns: 2, width: 300 };
  expect(rowsOf([], { chartSizes: { "images.input": "small 300" } }, 2, images).map((row) => heightOf(row, grid, 160))).toEqual([36, 312, 276]);
});

it("folds and unfolds what was toggled", () => {
  expect(textsOf(["system/cpu", "lr"], { toggled: ["system", "Metrics"] })).toEqual(["Metrics 1 folded", "system 1", "0 metrics.system/cpu"]);
});

it("shows only what has all the words, also in folded sections", () => {
  expect(textsOf(["system/CPU use", "train/loss"], { find: "cpu sys" })).toEqual(["system 1", "0 metrics.system/CPU use"]);
  expect(textsOf(["train/loss"], { find: "nothing", sections: [{ name: "Mine", charts: [] }] })).toEqual([]);
});

it("puts added charts first and leaves out names that name no chart", () => {
  expect(textsOf(["lr"], { charts: ["scatter:params.a:metrics.b", "scatter:one", "round"] })).toEqual([
    "Added 1 | Metrics 1",
    "0 scatter:params.a:metrics.b, 1 metrics.lr",
  ]);
});

it("leaves out what no run has, and what is hidden, of which the head of the section tells", () => {
  const state: ChartState = { charts: ["metrics.gone"], sections: [{ name: "Mine", charts: ["metrics.gone/too"] }], hiddenCharts: ["metrics.a/x", "metrics.b/x", "metrics.gone"] };
  expect(textsOf(["a/x", "a/y", "b/x"], state)).toEqual(["a 1 -1", "0 metrics.a/y", "b 0 -1"]);
  const sections = arrange(sectionsOf(["a/x", "a/y", "b/x"]), state);
  expect(countShown(sections, { ...state, isThere: (chart) => chart !== "metrics.gone" && chart !== "metrics.gone/too" })).toBe(1);
});

it("shows an own section without charts as a place to put some", () => {
  expect(textsOf(["a"], { sections: [{ name: "Mine", charts: [] }] })).toEqual(["Mine 0", "none", "Metrics 1", "0 metrics.a"]);
});

it("gives wide and full charts more columns, and goes on in the next row where they do not fit", () => {
  const chartSizes = { "metrics.b": "wide", "metrics.c": "full", "metrics.e": "wide 400" };
  expect(textsOf(["a", "b", "c", "d", "e"], { chartSizes }, 3)).toEqual(["Metrics 5", "0 metrics.a, 1+2 metrics.b", "0+3 metrics.c", "0 metrics.d, 1+2 metrics.e"]);
  expect(textsOf(["a", "b", "c", "d", "e"], { chartSizes }, 1).length).toBe(6);
  const rows = rowsOf(["a", "b", "c", "d", "e"], { chartSizes }, 3);
  const grid = { columns: 3, width: 300 };
  expect(rows.map((row) => heightOf(row, grid, undefined))).toEqual([36, 232, 232, 412]);
  expect(rows.map((row) => heightOf(row, grid, 160))).toEqual([36, 172, 172, 412]);
  expect(boxesOf(rows[1]!, 36, 232, grid)).toMatchObject([
    { kind: "chart", chart: "metrics.a", x: 16, y: 36, width: 300, height: 220 },
    { kind: "chart", chart: "metrics.b", x: 328, y: 36, width: 612, height: 220 },
  ]);
});

it("lets a small section share a row only if its charts fit", () => {
  const chartSizes = { "metrics.b/x": "wide" };
  expect(textsOf(["a/x", "b/x", "c/x"], { chartSizes }, 3)).toEqual(["a 1 | b 1", "0 metrics.a/x, 1+2 metrics.b/x", "c 1", "0 metrics.c/x"]);
});

it("takes as many columns as fit, or the chosen ones if there is room", () => {
  expect(gridOf(1000, undefined, 9)).toEqual({ columns: 3, width: 314 });
  expect(gridOf(1000, undefined, 2).columns).toBe(2);
  expect(gridOf(1000, 5, 2).columns).toBe(5);
  expect(gridOf(390, 5, 9).columns).toBe(2);
  expect(gridOf(0, undefined, 0).columns).toBe(1);
});

it("moves by keys through all that is shown", () => {
  const rows = rowsOf(["a/1", "a/2", "a/3", "b/1", "b/2", "b/3"], {}, 2);
  expect(stepPlace(rows, "metrics.a/1", "left")).toBeNull();
  expect(stepPlace(rows, "metrics.a/1", "right")).toEqual({ section: "a", beside: "metrics.a/2", isBehind: true });
  expect(stepPlace(rows, "metrics.a/3", "right")).toEqual({ section: "b", beside: "metrics.b/1", isBehind: false });
  expect(stepPlace(rows, "metrics.b/1", "left")).toEqual({ section: "a", beside: "metrics.a/3", isBehind: true });
  expect(stepPlace(rows, "metrics.a/2", "down")).toEqual({ section: "a", beside: "metrics.a/3", isBehind: true });
  expect(stepPlace(rows, "metrics.b/2", "up")).toEqual({ section: "a", beside: "metrics.a/3", isBehind: true });
  expect(stepPlace(rows, "metrics.b/3", "down")).toBeNull();
  expect(stepPlace(rows, "metrics.none", "left")).toBeNull();
});

it("names charts so that they can be read back", () => {
  for (const key of [
    { kind: "metric", metric: "a:b/c %" },
    { kind: "images", key: "val/a:b" },
    { kind: "scatter", x: "params.a:b", y: "metrics.100%" },
    { kind: "parallel", columns: ["params.a", "metrics.b:c", "tags.d"] },
  ] as const) {
    expect(parseChartKey(chartKeyText(key as never))).toEqual(key);
  }
  expect(["", "metrics.", "images.", "scatter:a", "parallel:a", "scatter:%zz:b"].map(parseChartKey)).toEqual([
    null, null, null, null, null, { kind: "scatter", x: "%zz", y: "b" },
  ]);
});
