import { expect, it } from "vitest";
import { smooth } from "./smoothing";

const ramp = (count: number) => Float64Array.from({ length: count }, (_, i) => i);

it("is TensorBoard's average where all points are there", () => {
  const y = Float64Array.of(1, 3, 2, 8);
  const expected: number[] = [];
  let last = 0;
  y.forEach((value, i) => {
    last = last * 0.6 + 0.4 * value;
    expected.push(last / (1 - 0.6 ** (i + 1)));
  });
  smooth(ramp(4), y, 0.6).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 10));
});

it("changes nothing at weight 0", () => {
  const y = Float64Array.of(4, -1, 2);
  expect([...smooth(ramp(3), y, 0)]).toEqual([4, -1, 2]);
});

it("looks the same where the series is reduced", () => {
  const x = ramp(10_001);
  const y = x.map((value) => Math.exp(-value / 2000));
  const full = smooth(x, y, 0.99);
  const few = x.filter((_, i) => i % 50 === 0);
  const reduced = smooth(few, few.map((value) => y[value]!), 0.99, x.length);
  few.forEach((at, i) => expect(Math.abs(reduced[i]! - full[at]!)).toBeLessThan(0.02));
});

it("keeps gaps and goes on behind them", () => {
  const smoothed = smooth(ramp(4), Float64Array.of(1, NaN, 1, 1), 0.5);
  expect(smoothed[1]).toBeNaN();
  expect(smoothed[3]).toBeCloseTo(1, 10);
});

it("takes points of one position and single points", () => {
  expect([...smooth(Float64Array.of(5, 5), Float64Array.of(1, 2), 0.9)].every(Number.isFinite)).toBe(true);
  expect([...smooth(Float64Array.of(5), Float64Array.of(7), 0.9)]).toEqual([7]);
});
