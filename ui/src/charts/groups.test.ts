import { expect, it } from "vitest";
import { average, commonGrid } from "./groups";

const points = (x: number[], y: number[]) => ({ x: Float64Array.from(x), y: Float64Array.from(y) });

it("keeps the places of the curves if they are few", () => {
  expect([...commonGrid([points([0, 2], [0, 0]), points([1, 2], [0, 0])])]).toEqual([0, 1, 2]);
  expect(commonGrid([])).toHaveLength(0);
});

it("takes an even grid if they are many", () => {
  const many = Array.from({ length: 1000 }, (_, i) => i);
  const grid = commonGrid([points(many, many)]);
  expect(grid.length).toBeLessThan(1000);
  expect([grid[0], grid[grid.length - 1]]).toEqual([0, 999]);
});

it("averages between points, each curve only where it is", () => {
  const { y, band } = average([points([0, 2], [0, 2]), points([1, 3], [3, 5])], Float64Array.of(0, 1, 2, 3, 4), "range");
  expect([...y]).toEqual([0, 2, 3, 5, NaN]);
  expect([...band.low]).toEqual([0, 1, 2, 5, NaN]);
  expect([...band.high]).toEqual([0, 3, 4, 5, NaN]);
});

it("gives a band of one standard deviation", () => {
  const { y, band } = average([points([0], [1]), points([0], [3])], Float64Array.of(0), "deviation");
  expect(y[0]).toBe(2);
  expect(band.low[0]).toBeCloseTo(2 - Math.SQRT2, 12);
  expect(band.high[0]).toBeCloseTo(2 + Math.SQRT2, 12);
});

it("leaves gaps out", () => {
  const { y } = average([points([0, 1], [1, NaN]), points([0, 1], [3, 5])], Float64Array.of(0, 1), "range");
  expect([...y]).toEqual([2, 5]);
});
