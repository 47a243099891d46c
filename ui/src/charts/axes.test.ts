import { expect, it } from "vitest";
import { bestAxes } from "./axes";

const IDS = Array.from({ length: 60 }, (_, at) => `r${at}`);
const column = (valueOf: (at: number) => number): Map<string, number> => new Map(IDS.map((id, at) => [id, valueOf(at)]));
const noise = (at: number): number => (at * 7919) % 61;

it("begins with the columns that a metric follows, also where it turns", () => {
  const numbers = new Map([
    ["metrics.loss", column((at) => (at % 10 - 5) ** 2 + 0.02 * at)],
    ["params.noise", column(noise)],
    ["params.turn", column((at) => at % 10)],
    ["params.slow", column((at) => at)],
    ["params.same", column(() => 1)],
  ]);
  const params = ["params.noise", "params.same", "params.slow", "params.turn", "params.text"];
  expect(bestAxes(IDS, { numbers }, "metrics.loss", params)![0]).toBe("params.turn");
  expect(bestAxes(IDS, { numbers }, "metrics.loss", ["params.turn", "params.same", "params.text"])).toBeNull();
  expect(bestAxes(IDS, { numbers }, "metrics.gone", params)).toBeNull();
  expect(bestAxes([], { numbers }, "metrics.loss", params)).toBeNull();
});
