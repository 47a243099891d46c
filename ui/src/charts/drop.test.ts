import { expect, it } from "vitest";
import { arrange, sectionsOf } from "./arrangement";
import { placeForChart, placeForSection } from "./drop";
import { boxesOf, heightOf, layOut } from "./layout";
import type { ChartState } from "./state";

const grid = { columns: 2, width: 300 };

/** Boxes of a board: head of `a` at 0, its charts at 36 and 268, head of `b` and `c` at 500, their charts at 536. */
const boxes = (state: ChartState = {}) => {
  const rows = layOut(arrange(sectionsOf(["a/1", "a/2", "a/3", "b/1", "c/1"]), state), { ...state, columns: 2, isThere: () => true });
  let top = 0;
  return rows.flatMap((row) => {
    const height = heightOf(row, grid, undefined);
    top += height;
    return boxesOf(row, top - height, height, grid);
  });
};

it("drops a chart before or behind the one that is nearest", () => {
  const at = (x: number, y: number) => placeForChart(boxes(), grid, "metrics.c/1", { x, y });
  expect(at(20, 100)).toEqual({ place: { section: "a", beside: "metrics.a/1", isBehind: false }, mark: { x: 9, y: 36, width: 2, height: 220 } });
  expect(at(300, 100)).toEqual({ place: { section: "a", beside: "metrics.a/1", isBehind: true }, mark: { x: 321, y: 36, width: 2, height: 220 } });
  expect(at(600, 300)?.place).toEqual({ section: "a", beside: "metrics.a/3", isBehind: true });
  expect(at(-50, 9_000)?.place).toEqual({ section: "b", beside: "metrics.b/1", isBehind: false });
});

it("drops a chart at the front of a section on its head, and into an empty one", () => {
  expect(placeForChart(boxes(), grid, "metrics.c/1", { x: 100, y: 10 })).toEqual({ place: { section: "a" }, mark: { x: 16, y: 34, width: 612, height: 2 } });
  expect(placeForChart(boxes({ sections: [{ name: "Mine", charts: [] }] }), grid, "metrics.a/1", { x: 100, y: 60 })?.place).toEqual({ section: "Mine" });
});

it("drops nothing where it stands already", () => {
  const at = (x: number, y: number) => placeForChart(boxes(), grid, "metrics.a/2", { x, y });
  expect(at(500, 100)).toBeNull();
  expect(at(310, 100)).toBeNull();
  expect(at(20, 300)).toBeNull();
  expect(at(20, 100)).not.toBeNull();
  expect(placeForChart([], grid, "metrics.a/2", { x: 0, y: 0 })).toBeNull();
});

it("drops above or below what has the whole width", () => {
  const full = boxes({ chartSizes: { "metrics.a/1": "full" } });
  expect(placeForChart(full, grid, "metrics.c/1", { x: 30, y: 240 })).toEqual({
    place: { section: "a", beside: "metrics.a/1", isBehind: true },
    mark: { x: 16, y: 261, width: 612, height: 2 },
  });
});

it("drops a section before or behind another one", () => {
  const at = (name: string, x: number, y: number) => placeForSection(boxes(), grid, name, { x, y });
  expect(at("c", 100, 30)).toMatchObject({ beside: "a", isBehind: false });
  expect(at("c", 100, 400)).toMatchObject({ beside: "a", isBehind: true });
  expect(at("c", 40, 600)).toMatchObject({ beside: "b", isBehind: false });
  expect(at("c", 200, 600)).toBeNull();
  expect(at("b", 600, 600)).toMatchObject({ beside: "c", isBehind: true });
  expect(at("a", 100, 100)).toBeNull();
});
