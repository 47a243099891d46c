import { expect, it } from "vitest";
import { type Field, interpolate, partsAbove, type Place } from "./contours";

const at = ({ width, height, values }: Field, x: number, y: number): number => values[Math.round(y * (height - 1)) * width + Math.round(x * (width - 1))]!;
const area = (parts: ReturnType<typeof partsAbove>): number =>
  parts.reduce((sum, part) => sum + part.reduce((twice, [x, y], i) => twice + x * part[(i + 1) % part.length]![1] - y * part[(i + 1) % part.length]![0], 0) / 2, 0);
const field = (width: number, height: number, valueOf: (x: number, y: number) => number): Field => ({
  width,
  height,
  values: Float64Array.from({ length: width * height }, (_, i) => valueOf((i % width) / (width - 1), Math.floor(i / width) / (height - 1))),
});

it("stays between the values of the places, and near to each of them at it", () => {
  const places: Place[] = [{ x: 0, y: 0, value: 1 }, { x: 1, y: 0, value: 3 }, { x: 0, y: 1, value: 5 }, { x: 1, y: 1, value: 9 }];
  const { surface } = interpolate(places);
  for (const { x, y, value } of places) expect(Math.abs(at(surface, x, y) - value)).toBeLessThan(0.4);
  expect(Math.min(...surface.values)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...surface.values)).toBeLessThanOrEqual(9);
  // In the middle each of the four has the same say.
  expect(at(interpolate(places, { width: 3, height: 3 }).surface, 0.5, 0.5)).toBeCloseTo(4.5, 12);
});

it("takes runs at one place together", () => {
  const { surface: both } = interpolate([{ x: 0.5, y: 0.5, value: 2 }, { x: 0.5, y: 0.5, value: 4 }]);
  expect(at(both, 0.2, 0.9)).toBeCloseTo(3, 12);
});

it("knows how far the nearest run is", () => {
  const { distance: far } = interpolate([{ x: 0, y: 0, value: 1 }, { x: 1, y: 0, value: 1 }], { width: 3, height: 3 });
  expect([...far.values].map((value) => Number(value.toFixed(3)))).toEqual([0, 0.5, 0, 0.5, 0.707, 0.5, 1, 1.118, 1]);
});

it("cuts a slope where it crosses a level", () => {
  const slope = field(12, 8, (x) => x);
  for (const level of [0.25, 0.5, 0.9]) expect(area(partsAbove(slope, level))).toBeCloseTo(1 - level, 12);
  expect(area(partsAbove(slope, -1))).toBeCloseTo(1, 12);
  expect(partsAbove(slope, 2)).toEqual([]);
});

it("finds the area of a hill", () => {
  const hill = field(72, 48, (x, y) => -((x - 0.5) ** 2 + (y - 0.5) ** 2));
  expect(Math.abs(area(partsAbove(hill, -0.09)) - Math.PI * 0.09)).toBeLessThan(0.002);
});
