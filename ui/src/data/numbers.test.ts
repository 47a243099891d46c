import { describe, expect, it } from "vitest";
import { columnFormat, formatBytes, formatCount, formatNumber, toNumber } from "./numbers";

describe("formatNumber", () => {
  it.each([
    [0, "0"],
    [12500, "12,500"],
    [-3, "−3"],
    [0.8125, "0.8125"],
    [0.000012345, "1.234e-5"],
    [1.5, "1.5"],
    [123456.789, "123457"],
    [2e12, "2e+12"],
    [NaN, "NaN"],
    [-Infinity, "−∞"],
  ])("writes %d as %s", (value, text) => expect(formatNumber(value)).toBe(text));
});

describe("columnFormat", () => {
  it("takes as many decimals as tell the values apart", () => {
    const format = columnFormat([0.98123, 0.98124, 0.5]);
    expect(format(0.98123)).toBe("0.98123");
    expect(format(0.5)).toBe("0.50000");
  });
  it("keeps integers whole", () => expect(columnFormat([1, 20])(20)).toBe("20"));
  it("writes what is tiny with an exponent", () => expect(columnFormat([1e-7, 0.5])(1e-7)).toBe("1e-7"));
});

it("reads texts that stand for numbers", () => {
  expect(toNumber("NaN")).toBeNaN();
  expect(toNumber("-Infinity")).toBe(-Infinity);
  expect(toNumber(null)).toBeNaN();
  expect(toNumber(2)).toBe(2);
});

it("shortens counts and bytes", () => {
  expect(formatCount(950)).toBe("950");
  expect(formatCount(12_345)).toBe("12.3k");
  expect(formatBytes(950)).toBe("950 B");
  expect(formatBytes(1_234_567)).toBe("1.2 MB");
  expect(formatBytes(12_345_678)).toBe("12.3 MB");
});
