// @vitest-environment jsdom
import { expect, it } from "vitest";
import { drawCurve } from "./curves";

it("fills its box from the least to the greatest value", () => {
  expect(drawCurve([0, 5, 10], [1, 3, 2])).toBe("M1.0 13.0L20.0 1.0L39.0 7.0");
});

it("leaves out what is not finite, and draws nothing of one point", () => {
  expect(drawCurve([0, 1, 2], [1, NaN, 2])).toBe("M1.0 13.0L39.0 1.0");
  expect(drawCurve([0, 1], [Infinity, 2])).toBe("");
  expect(drawCurve([3, 3], [1, 2])).toBe("");
});

it("draws what never changes through the middle", () => expect(drawCurve([0, 1], [2, 2])).toBe("M1.0 7.0L39.0 7.0"));
