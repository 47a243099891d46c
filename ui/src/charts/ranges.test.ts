import { expect, it } from "vitest";
import type { Curve } from "./curves";
import { xRange, yRange } from "./ranges";

const curve = (x: number[], y: number[]): Curve => ({
  id: "a",
  name: "a",
  color: "red",
  x: Float64Array.from(x),
  y: Float64Array.from(y),
});
const all = { log: false, cut: false, within: [-Infinity, Infinity] as [number, number] };

it("spans all curves", () => {
  expect(xRange([curve([1, 2], [0, 0]), curve([0, 9], [0, 0])], false)).toEqual([0, 9]);
  expect(xRange([], false)).toBeNull();
  expect(xRange([curve([], [])], false)).toBeNull();
});

it("begins a logarithmic axis at the first positive place", () => {
  expect(xRange([curve([-1, 0, 10, 100], [1, 1, 1, 1])], true)).toEqual([10, 100]);
  expect(xRange([curve([-1, 0], [1, 1])], true)).toBeNull();
});

it("gives one place room at both sides", () => {
  expect(xRange([curve([5], [1])], false)).toEqual([4, 6]);
  expect(yRange([curve([5], [10])], all)).toEqual([9, 11]);
  expect(yRange([curve([5], [0])], all)).toEqual([-1, 1]);
});

it("leaves out what is not finite, and on a logarithmic axis what is not positive", () => {
  const values = [NaN, 1, Infinity, 10, -5];
  const [low, high] = yRange([curve([0, 1, 2, 3, 4], values)], { ...all, log: true })!;
  expect(low).toBeCloseTo(1 / 10 ** 0.04, 10);
  expect(high).toBeCloseTo(10 * 10 ** 0.04, 10);
  expect(yRange([curve([0], [NaN])], all)).toBeNull();
});

it("counts only what is shown of x", () => {
  const [low, high] = yRange([curve([0, 1, 2], [1000, 2, 4])], { ...all, within: [1, 2] })!;
  expect(low).toBeCloseTo(1.9, 10);
  expect(high).toBeCloseTo(4.1, 10);
});

it("cuts the lowest and the highest percent", () => {
  const y = Array.from({ length: 1000 }, (_, i) => i);
  y[500] = 1e9;
  const [, high] = yRange([curve(y.map((_, i) => i), y)], { ...all, cut: true })!;
  expect(high).toBeLessThan(1100);
});
