import { expect, it } from "vitest";
import type { ImageSeries } from "@/api/types";
import { commonSteps, imageAt, nearest, placeAt } from "./series";

const SERIES: ImageSeries = {
  key: "val/sample",
  steps: [-5, 2, 2, 10],
  timestamps: [1, 2, 3, 4],
  paths: ["images/a.png", "images/b.png", "images/c.png", "images/d.png"],
  thumbnails: ["", "images/b.webp", "images/c.webp", "images/d.webp"],
};

it("finds what was there at a step", () => {
  expect([-6, -5, 1, 2, 9, 10, 99].map((step) => nearest(SERIES, step)?.path.at(7))).toEqual([undefined, "a", "a", "c", "c", "d", "d"]);
  expect(nearest({ ...SERIES, steps: [], paths: [] }, 1)).toBeUndefined();
});

it("shows the whole image where there is no small one", () => {
  expect(imageAt(SERIES, 0)).toEqual({ step: -5, timestamp: 1, path: "images/a.png", thumbnail: "images/a.png" });
  expect(imageAt(SERIES, 1)?.thumbnail).toBe("images/b.webp");
  expect(imageAt(SERIES, -1)).toBeUndefined();
  expect(imageAt(SERIES, 4)).toBeUndefined();
});

it("finds places in any number of steps", () => {
  const steps = Array.from({ length: 1000 }, (_, at) => at * 3);
  for (const step of [0, 1, 2, 3, 1500, 2996, 2997, 5000]) expect(placeAt(steps, step)).toBe(Math.min(999, Math.floor(step / 3)));
  expect(placeAt(steps, -1)).toBe(-1);
  expect(placeAt([], 3)).toBe(-1);
});

it("joins the steps of several series", () => {
  expect(commonSteps([SERIES, { ...SERIES, steps: [10, 3] }])).toEqual([-5, 2, 3, 10]);
});
