import { expect, it } from "vitest";
import { averageRanks, spearman } from "./ranks";

it("shares places among equals", () => {
  expect([...averageRanks([10, 5, 10, 7, 10])]).toEqual([4, 1, 4, 2, 4]);
});

it("is the correlation of scipy.stats.spearmanr, with ties", () => {
  // SciPy 1.17: spearmanr([1, 2, 2, 3, 5, 8], [10, 9, 7, 7, 1, 2]) = -0.8970588235294118
  expect(spearman([1, 2, 2, 3, 5, 8], [10, 9, 7, 7, 1, 2])).toBeCloseTo(-0.8970588235294118, 12);
  expect(spearman([1, 10, 100], [0.1, 0.2, 9])).toBeCloseTo(1, 12);
});

it("has no correlation with what does not change", () => {
  expect(spearman([1, 1, 1], [1, 2, 3])).toBeNull();
  expect(spearman([], [])).toBeNull();
});
