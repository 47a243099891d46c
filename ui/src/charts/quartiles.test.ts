import { expect, it } from "vitest";
import { boxOf, quantile } from "./quartiles";

// numpy.percentile(VALUES, [25, 50, 75]) and matplotlib.cbook.boxplot_stats(VALUES) of NumPy 2 and Matplotlib 3.
const VALUES = [7, 15, 36, 39, 40, 41, 42, 43, 47, 49, 120, -60];

it("has the quartiles and whiskers of NumPy and Matplotlib", () => {
  expect(boxOf(VALUES)).toMatchObject({ lower: 30.75, median: 40.5, upper: 44, low: 15, high: 49, count: 12 });
  expect(boxOf(VALUES).mean).toBeCloseTo(419 / 12, 12);
});

it("reads quantiles between two values", () => {
  expect([0, 0.1, 0.5, 1].map((share) => quantile([1, 2, 4], share))).toEqual([1, 1.2, 2, 4]);
});

it("makes a box of a single value, and of equal ones", () => {
  for (const values of [[3], [3, 3, 3]]) expect(boxOf(values)).toMatchObject({ low: 3, lower: 3, median: 3, upper: 3, high: 3, mean: 3 });
});

it("has no whisker inside of its box", () => {
  // The upper quartile lies between 1 and 100, above all that its whisker could reach but 100.
  const { upper, high } = boxOf([0, 0, 0, 0, 0, 0, 1, 100, 100]);
  expect(high).toBeGreaterThanOrEqual(upper);
});
