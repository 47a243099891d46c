import { describe, expect, it } from "vitest";
import { formatPlace, formatSpan, makeTicks, niceStep } from "./ticks";

it("takes steps of 1, 2 and 5", () => {
  expect([0.7, 1, 1.1, 3, 6, 42].map(niceStep)).toEqual([1, 1, 2, 5, 10, 50]);
});

describe("makeTicks", () => {
  it("marks even places without rounding errors", () => {
    expect(makeTicks([0, 1], 5, "number", false).labels).toEqual(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    expect(makeTicks([-0.1, 0.31], 4, "number", false).places).toEqual([0, 0.2]);
  });
  it("marks whole numbers only where only they make sense", () => {
    expect(makeTicks([0, 2], 8, "count", false).labels).toEqual(["0", "1", "2"]);
  });
  it("shortens large numbers and keeps tiny ones readable", () => {
    expect(makeTicks([0, 2e6], 4, "count", false).labels).toEqual(["0", "500k", "1M", "1.5M", "2M"]);
    expect(makeTicks([0, 3e-7], 3, "number", false).labels).toEqual(["0", "1e-7", "2e-7", "3e-7"]);
  });
  it("marks decades of a logarithmic axis, and what is between if there are few", () => {
    expect(makeTicks([0.001, 1000], 4, "number", true).labels).toEqual(["0.001", "0.1", "10", "1,000"]);
    expect(makeTicks([1, 10], 6, "number", true).labels).toEqual(["1", "2", "5", "10"]);
    expect(makeTicks([2.1, 2.4], 4, "number", true).places.length).toBeGreaterThan(1);
  });
  it("counts spans in the units of clocks", () => {
    expect(makeTicks([0, 3600], 4, "seconds", false).labels).toEqual(["0", "15 min", "30 min", "45 min", "1 h"]);
    expect(makeTicks([0, 2], 4, "seconds", false).labels).toEqual(["0", "0.5 s", "1 s", "1.5 s", "2 s"]);
  });
  it("marks moments at round times, and days where they change", () => {
    const from = new Date(2026, 10, 25, 21, 10).getTime();
    expect(makeTicks([from, from + 6 * 3_600_000], 3, "moment", false).labels).toEqual(["22:00", "26 Nov", "02:00"]);
    const days = makeTicks([from, from + 4 * 86_400_000], 4, "moment", false).labels;
    expect(days).toEqual(["26 Nov", "27 Nov", "28 Nov", "29 Nov"]);
  });
});

it("writes spans and places", () => {
  expect([0, 0.25, 90, 5400, -30].map(formatSpan)).toEqual(["0", "0.25 s", "1 min 30 s", "1 h 30 min", "−30 s"]);
  expect(formatPlace(1234, "count")).toBe("1,234");
  expect(formatPlace(12.3456, "seconds")).toBe("12.3 s");
});
