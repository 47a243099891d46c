import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { chartKeyText, parseChartKey } from "@/charts/chart-keys";
import { parseExperimentSearch } from "./search";
import { fieldText, parseField } from "./table/fields";

it("takes what a link says", () => {
  const state = { filter: "metrics.loss < 1", order: ["metrics.loss ASC"], layout: "table", zoom: [1, 2], widths: { a: 80 } };
  expect(parseExperimentSearch(state)).toEqual(state);
});

it("leaves out what is wrong, and keeps the rest", () => {
  const state = { layout: "round", x: 3, zoom: [2, 1], smooth: 7, selected: ["a", 1], deleted: "yes", split: 0.01, widths: [1] };
  expect(parseExperimentSearch(state)).toEqual({ smooth: 0.99, selected: ["a"], split: 0.15 });
});

it("takes how charts are drawn", () => {
  const state = { x: "relative", smooth: 0.6, logY: true, cut: true, raw: true, spread: "deviation", charts: ["metrics.loss"], find: "val", most: 500 };
  expect(parseExperimentSearch({ ...state, toggled: ["system", 3], focus: "" })).toEqual({ ...state, toggled: ["system"] });
  expect(parseExperimentSearch({ x: "round", spread: 1, most: -3, raw: "yes" })).toEqual({});
});

it("keeps all that a view says which was saved from code", () => {
  const golden = new URL("../../../../tests/unit/golden/view_state.json", import.meta.url);
  const state = JSON.parse(readFileSync(golden, "utf-8")) as Record<string, unknown>;
  expect(parseExperimentSearch(state)).toEqual(state);
  expect((state.columns as string[]).map((column) => fieldText(parseField(column)))).toEqual(state.columns);
  for (const chart of [...(state.charts as string[]), state.focus as string]) expect(chartKeyText(parseChartKey(chart)!)).toEqual(chart);
});
