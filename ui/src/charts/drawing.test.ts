// @vitest-environment jsdom
import { expect, it } from "vitest";
import type { Curve } from "./curves";
import { drawBars, drawCurves, hexColor } from "./drawing";
import { curveRows } from "./metric-curves";
import { csvText } from "./save";

const curve: Curve = {
  id: "r1",
  name: `<a & "b">`,
  color: "oklch(0.50 0.145 180.0)",
  x: Float64Array.of(0, 1, 2, 3),
  y: Float64Array.of(1, NaN, 3, 4),
};
const axes = { x: [0, 3] as [number, number], y: [0, 4] as [number, number], unit: "count", place: "Step", logX: false, logY: false } as const;

it("draws an SVG document that others than browsers read too", () => {
  const svg = drawCurves({ title: "loss < 1", curves: [curve], ghosts: [], ...axes });
  const document = new DOMParser().parseFromString(svg, "image/svg+xml");
  expect(document.querySelector("parsererror")).toBeNull();
  expect(document.documentElement.textContent).toContain("loss < 1");
  expect(document.documentElement.textContent).toContain(`<a & "b">`);
  expect(svg).not.toContain("oklch");
});

it("draws bars with their names", () => {
  const svg = drawBars("auc", [{ id: "a", name: "<b>", color: "#ff0000", value: 0.5 }]);
  expect(new DOMParser().parseFromString(svg, "image/svg+xml").querySelector("parsererror")).toBeNull();
  expect(svg).toContain("&lt;b&gt;");
});

it("turns colours into those of sRGB", () => {
  expect(hexColor("oklch(1 0 0)")).toBe("#ffffff");
  expect(hexColor("oklch(0.628 0.2577 29.23)")).toBe("#ff0000");
  expect(hexColor("tomato")).toBe("tomato");
});

it("writes what is shown as CSV, and no formulas", () => {
  expect(csvText(curveRows([curve], "step", "loss", [2, 3]))).toBe('run_id,run,step,loss\r\nr1,"<a & ""b"">",2,3\r\nr1,"<a & ""b"">",3,4\r\n');
  expect(csvText([["=1+1", "-3", "-x", "@a", "a\nb"]])).toBe(`'=1+1,-3,'-x,'@a,"a\nb"\r\n`);
});

it("writes groups with their bands", () => {
  const group = { ...curve, name: "adam", band: { low: Float64Array.of(0, 0, 2, 3), high: Float64Array.of(2, 2, 4, 5) }, members: 2 };
  expect(curveRows([group], "step", "loss", [3, 3])).toEqual([["group", "step", "mean loss", "low", "high"], ["adam", 3, 4, 3, 5]]);
});
