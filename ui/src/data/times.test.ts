import { expect, it } from "vitest";
import { formatAge, formatDuration, formatMoment } from "./times";

it.each([
  [350, "350 ms"],
  [2_500, "2.5 s"],
  [42_900, "42 s"],
  [312_000, "5 min 12 s"],
  [3_600_000, "1 h"],
  [183_600_000, "2 d 3 h"],
])("says %d ms as %s", (span, text) => expect(formatDuration(span)).toBe(text));

it("says how long ago a moment was", () => {
  expect(formatAge(0, 5_000)).toBe("just now");
  expect(formatAge(0, 300_000)).toBe("5 min ago");
  const day = (year: number, month: number): number => new Date(year, month, 3).getTime();
  expect(formatAge(day(2026, 2), day(2026, 7))).toBe("3 Mar");
  expect(formatAge(day(2025, 10), day(2026, 7))).toBe("Nov 2025");
});

it("writes a moment to the second", () => {
  expect(formatMoment(new Date(2026, 10, 26, 9, 5, 2).getTime())).toBe("2026-11-26 09:05:02");
});
