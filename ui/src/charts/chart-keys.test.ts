import { expect, it } from "vitest";
import { type ChartKey, chartKeyText, chartTitle, columnName, isMetric, parseChartKey } from "./chart-keys";

const KEYS: [text: string, key: ChartKey, title: string][] = [
  ["metrics.val/loss", { kind: "metric", metric: "val/loss" }, "val/loss"],
  ["scatter:params.lr:metrics.loss", { kind: "scatter", x: "params.lr", y: "metrics.loss" }, "loss by lr"],
  ["parallel:params.lr:metrics.loss", { kind: "parallel", columns: ["params.lr", "metrics.loss"] }, "Parallel coordinates"],
  ["bar:min(metrics.loss)", { kind: "bar", column: "min(metrics.loss)" }, "Bars of min loss"],
  ["bar:params.model:rising", { kind: "bar", column: "params.model", isRising: true }, "Runs by model"],
  ["box:metrics.loss", { kind: "box", value: "metrics.loss" }, "Spread of loss"],
  ["box:metrics.loss:tags.team", { kind: "box", value: "metrics.loss", by: "tags.team" }, "Spread of loss by team"],
  ["contour:metrics.loss", { kind: "contour", value: "metrics.loss" }, "Contour of loss"],
  ["contour:metrics.loss:params.a:params.b", { kind: "contour", value: "metrics.loss", axes: ["params.a", "params.b"] }, "Contour of loss over a and b"],
  ["importance:max(metrics.acc)", { kind: "importance", value: "max(metrics.acc)" }, "Importance for max acc"],
];

it("names charts in the URL and reads them again", () => {
  for (const [text, key, title] of KEYS) {
    expect(chartKeyText(key)).toBe(text);
    expect(parseChartKey(text)).toEqual(key);
    expect(chartTitle(key)).toBe(title);
  }
});

it("keeps keys with colons and percents whole", () => {
  const key: ChartKey = { kind: "box", value: "metrics.a:b", by: "params.100% or 50%25" };
  expect(parseChartKey(chartKeyText(key))).toEqual(key);
});

it("leaves out what names no chart", () => {
  for (const text of ["", "bar", "bar:", "bar:a:falling", "box:a:b:c", "contour:a:b", "importance", "importance:params.a", "box:params.a", "importance:metrics.a:b", "pie:metrics.a"]) expect(parseChartKey(text)).toBeNull();
});

it("tells metrics from what counts runs", () => {
  expect(["metrics.a", "min(metrics.a)", "params.a", "tags.metrics.a", "number(params.a)"].map(isMetric)).toEqual([true, true, false, false, false]);
  expect(["max(metrics.a(b))", "tags.team", "metrics.max(a)"].map(columnName)).toEqual(["max a(b)", "team", "max(a)"]);
});
