import { expect, it } from "vitest";
import { shapeOf } from "./cells";
import { layColumns } from "./columns";

const [metric, param] = layColumns(["metrics.loss", "params.lr"], [], {}).scrolled.columns;

it("writes a metric's values with the same decimals", () => {
  const { format, isNumeric } = shapeOf(metric!, [0.5, null, 0.125]);
  expect([isNumeric, format(0.5), format(null)]).toEqual([true, "0.500", ""]);
});

it("leaves params as they were given, and puts their points below each other", () => {
  const { format, isNumeric } = shapeOf(param!, ["0.001", "0.5", "3"]);
  expect([isNumeric, format("0.5"), format("3")]).toEqual([true, "0.5\u2007\u2007", "3\u2008\u2007\u2007\u2007"]);
});

it("takes a param that is no number as a text", () => {
  expect(shapeOf(param!, ["0.001", "auto"]).isNumeric).toBe(false);
  expect(shapeOf(param!, [null]).isNumeric).toBe(false);
});
