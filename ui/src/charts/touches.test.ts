import { expect, it } from "vitest";
import { pinchedRange } from "./touches";

it("keeps below each finger what was there", () => {
  // Of 0 to 100 on 200 pixels the fingers take 40 to 60, and spread it over the middle half.
  const [low, high] = pinchedRange([0, 100], [80, 120], [50, 150], 200, false);
  expect([low, high]).toEqual([30, 70]);
  const valueAt = (pixel: number): number => low + (pixel / 200) * (high - low);
  expect([valueAt(50), valueAt(150)]).toEqual([40, 60]);
});

it("moves where the fingers stay apart as they were, in whatever order they came", () => {
  expect(pinchedRange([0, 100], [120, 80], [140, 100], 200, false)).toEqual([-10, 90]);
});

it("keeps ratios on a logarithmic axis", () => {
  const [low, high] = pinchedRange([1, 10_000], [100, 300], [0, 400], 400, true);
  expect(low).toBeCloseTo(10);
  expect(high).toBeCloseTo(1000);
});

it("does not zoom without end into fingers that meet", () => {
  expect(pinchedRange([0, 100], [90, 110], [100, 100], 200, false).every(Number.isFinite)).toBe(true);
  expect(pinchedRange([0, 100], [100, 100], [0, 200], 200, false).every(Number.isFinite)).toBe(true);
});
