import { expect, it } from "vitest";
import { hasOneStep, placesAlong, pointsAlong, type Series } from "./curves";

const series = (steps: number[], times: number[] = steps): Series => ({
  steps: Float64Array.from(steps),
  times: Float64Array.from(times),
  values: Float64Array.from(steps, (_, at) => at),
  total: steps.length,
  count: steps.length,
});

it("knows points that were logged without steps", () => {
  expect(hasOneStep([series([0, 0, 0]), series([0])])).toBe(true);
  expect(hasOneStep([series([0]), series([0])])).toBe(false);
  expect(hasOneStep([series([0, 0]), series([1])])).toBe(false);
  expect(hasOneStep([])).toBe(false);
});

it("places points by step, moment, and seconds since the run began", () => {
  const one = series([1, 2], [5_000, 7_000]);
  expect([...placesAlong("step", one, 4_000)]).toEqual([1, 2]);
  expect([...placesAlong("time", one, 4_000)]).toEqual([5_000, 7_000]);
  expect([...placesAlong("relative", one, 4_000)]).toEqual([1, 3]);
});

it("counts from the first point where the start is not known, or is later", () => {
  const one = series([1, 2], [5_000, 7_000]);
  expect([...placesAlong("relative", one, null)]).toEqual([0, 2]);
  expect([...placesAlong("relative", one, 6_000)]).toEqual([0, 2]);
});

it("orders points by time where a run was resumed at an earlier step", () => {
  const { x, y } = pointsAlong("time", series([1, 2, 3], [10, 30, 20]), null);
  expect([...x]).toEqual([10, 20, 30]);
  expect([...y]).toEqual([0, 2, 1]);
});
