import { expect, it } from "vitest";
import type { Curve } from "./curves";
import { nearestCurves, nearestIndex, valueAt } from "./nearest";

const curve = (id: string, x: number[], y: number[]): Curve => ({
  id,
  name: id,
  color: "red",
  x: Float64Array.from(x),
  y: Float64Array.from(y),
});
const at = (left: number, top: number, reach = 20) => ({
  x: left,
  left,
  top,
  toLeft: (x: number) => x,
  toTop: (y: number) => y,
  reach,
});

it("finds the nearest point", () => {
  const x = Float64Array.of(0, 10, 20);
  expect([-5, 4, 6, 15, 99].map((place) => nearestIndex(x, place))).toEqual([0, 0, 1, 1, 2]);
  expect(nearestIndex(new Float64Array(), 3)).toBe(-1);
});

it("reads values between points, none outside and in gaps", () => {
  const one = curve("a", [0, 10, 20], [0, 100, NaN]);
  expect([0, 2.5, 10].map((place) => valueAt(one, place))).toEqual([0, 25, 100]);
  expect([-1, 15, 21].map((place) => valueAt(one, place))).toEqual([NaN, NaN, NaN]);
});

it("takes the nearest curves first, and only near ones", () => {
  const curves = [curve("far", [0, 100], [90, 90]), curve("a", [0, 100], [12, 12]), curve("b", [0, 100], [8, 8])];
  expect(nearestCurves(curves, at(50, 11), 9).map(({ curve: { id } }) => id)).toEqual(["a", "b"]);
  expect(nearestCurves(curves, at(50, 11), 1)).toHaveLength(1);
});

it("is near a steep curve from its side", () => {
  const [near] = nearestCurves([curve("steep", [49, 51, 100], [0, 1000, 1000])], at(54, 500), 1);
  expect(near!.distance).toBeLessThan(5);
});

it("finds single points, and skips gaps", () => {
  expect(nearestCurves([curve("dot", [50], [10])], at(52, 11), 1)).toHaveLength(1);
  expect(nearestCurves([curve("gap", [0, 50, 100], [10, NaN, 10])], at(50, 10), 1)).toHaveLength(0);
});
