import { expect, it } from "vitest";
import { addChart, dropChart, hideChart, isArranged, layoutOf, replaceChart, resetLayout, showCharts, sizeCharts, toggleSection } from "./changes";
import { readSize, sizeText, spanOf } from "./sizes";
import { type ChartState, parseChartState } from "./state";

const PLOT = "scatter:params.a:metrics.b";
const OTHER = "scatter:params.c:metrics.b";

it("hides and shows charts", () => {
  expect(hideChart({ hiddenCharts: ["a"] }, "b")).toEqual({ hiddenCharts: ["a", "b"] });
  expect(hideChart({ hiddenCharts: ["a"] }, "a")).toEqual({ hiddenCharts: ["a"] });
  expect(showCharts({ hiddenCharts: ["a", "b"] }, ["b"])).toEqual({ hiddenCharts: ["a"] });
  expect(showCharts({ hiddenCharts: ["a"] }, ["a"])).toEqual({ hiddenCharts: undefined });
});

it("keeps only sizes that are not the usual one", () => {
  expect(sizeCharts({ chartSizes: { a: "wide" } }, { b: { width: "full", height: 300 } })).toEqual({ chartSizes: { a: "wide", b: "full 300" } });
  expect(sizeCharts({ chartSizes: { a: "wide" } }, { a: { width: "small" } })).toEqual({ chartSizes: undefined });
});

it("folds and unfolds sections", () => {
  expect(toggleSection({}, "a")).toEqual({ toggled: ["a"] });
  expect(toggleSection({ toggled: ["a"] }, "a")).toEqual({ toggled: undefined });
});

it("puts a plot in the place of another, or takes it away, wherever it stands", () => {
  const state: ChartState = { sections: [{ name: "Mine", charts: ["metrics.a", PLOT] }, { name: "val" }], chartSizes: { [PLOT]: "full" }, focus: PLOT };
  expect(replaceChart(state, PLOT, OTHER)).toEqual({
    sections: [{ name: "Mine", charts: ["metrics.a", OTHER] }, { name: "val" }],
    chartSizes: { [OTHER]: "full" },
    focus: OTHER,
  });
  expect(dropChart(state, PLOT)).toEqual({ sections: [{ name: "Mine", charts: ["metrics.a"] }, { name: "val" }], chartSizes: undefined, focus: undefined });
  expect(dropChart({ charts: [PLOT] }, PLOT)).toEqual({ charts: undefined });
});

it("adds a chart on top, and only there", () => {
  const state: ChartState = { charts: ["metrics.a"], sections: [{ name: "Mine", charts: [PLOT] }, { name: "val" }], hiddenCharts: [PLOT], focus: "metrics.a" };
  expect(addChart(state, PLOT)).toEqual({ charts: [PLOT, "metrics.a"], sections: [{ name: "Mine", charts: [] }, { name: "val" }], hiddenCharts: undefined, focus: undefined });
  expect(addChart({ charts: [OTHER, PLOT] }, PLOT)).toEqual({ charts: [PLOT, OTHER], focus: undefined });
});

it("resets all but the plots, which stand on top then", () => {
  const state: ChartState = { charts: ["metrics.a"], sections: [{ name: "Mine", charts: [PLOT, "metrics.b"] }], hiddenCharts: ["metrics.c"], chartColumns: 3, smooth: 0.5 };
  expect(isArranged(state)).toBe(true);
  const after = { ...state, ...resetLayout(state) };
  expect(after).toMatchObject({ charts: [PLOT], smooth: 0.5 });
  expect(isArranged(after)).toBe(false);
  expect({ ...after, ...layoutOf(state) }).toMatchObject(state);
});

it("reads what was arranged from a URL and leaves out what is wrong", () => {
  expect(
    parseChartState({
      sections: [{ name: "Mine", charts: ["metrics.a", 1] }, { name: "val" }, { name: "" }, { charts: [] }, 3, null],
      hiddenCharts: ["metrics.b", null],
      chartSizes: { "metrics.a": "wide", "metrics.b": "full 9999", "metrics.c": "huge", "metrics.d": 320, "metrics.e": "small" },
      chartColumns: 20,
      chartHeight: 1,
    }),
  ).toEqual({
    sections: [{ name: "Mine", charts: ["metrics.a"] }, { name: "val" }],
    hiddenCharts: ["metrics.b"],
    chartSizes: { "metrics.a": "wide", "metrics.b": "full 800", "metrics.d": "320" },
    chartColumns: 8,
    chartHeight: 120,
  });
  expect(parseChartState({ sections: [{}], hiddenCharts: "a", chartSizes: ["wide"], chartColumns: "3", chartHeight: null })).toEqual({});
});

it("reads and writes sizes", () => {
  for (const text of ["wide", "full", "300", "wide 300", "full 120"]) expect(sizeText("metrics.a", readSize("metrics.a", text))).toBe(text);
  for (const text of ["", "small", "wide300", "300 wide", "wide 3", "wide  300", undefined, null]) expect(sizeText("metrics.a", readSize("metrics.a", text))).toBeUndefined();
  expect(readSize("images.a", undefined)).toEqual({ width: "full", height: 264 });
  for (const text of ["small", "wide 300", "300"]) expect(sizeText("images.a", readSize("images.a", text))).toBe(text);
  expect(sizeText("images.a", readSize("images.a", "full 264"))).toBeUndefined();
  expect((["small", "wide", "full"] as const).map((width) => spanOf(width, 4))).toEqual([1, 2, 4]);
  expect((["small", "wide", "full"] as const).map((width) => spanOf(width, 1))).toEqual([1, 1, 1]);
});
