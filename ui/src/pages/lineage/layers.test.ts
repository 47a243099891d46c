import { describe, expect, it } from "vitest";
import { type Arrow, countCrossings, layOut } from "./layers";

const SIZES = { width: 100, across: 50, between: 10 };

function draw(text: string, height = 40) {
  const arrows: Arrow[] = text.split(" ").filter(Boolean).map((key) => ({ key, source: key[0]!, target: key[2]! }));
  const keys = [...new Set(arrows.flatMap(({ source, target }) => [source, target]))];
  return layOut(keys.map((key) => ({ key, height })), arrows, SIZES);
}

function layersOf(text: string): Record<string, number> {
  return Object.fromEntries([...draw(text).places].map(([key, { layer }]) => [key, layer]));
}

describe("layers", () => {
  it("stand behind all that they come from", () => expect(layersOf("a>b b>c a>c")).toEqual({ a: 0, b: 1, c: 2 }));
  it("hold what comes from nothing right before its first use", () => expect(layersOf("a>b b>c c>d x>d")).toEqual({ a: 0, b: 1, c: 2, d: 3, x: 2 }));
  it("end with circles too", () => expect(Object.keys(layersOf("a>b b>c c>a a>a"))).toHaveLength(3));
});

describe("order", () => {
  it("avoids crossings that need not be", () => {
    const { places } = draw("a>z b>y c>x a>w b>w");
    const row = (key: string): number => places.get(key)!.row;
    const links = ["az", "by", "cx", "aw", "bw"].map(([source, target]) => [row(source!), row(target!)] as const);
    const crossings = links.flatMap((one, index) => links.slice(index).filter((other) => (one[0] - other[0]) * (one[1] - other[1]) < 0));
    expect(crossings).toHaveLength(0);
  });
  it("counts crossings", () => {
    const right = [{ row: 0 }, { row: 1 }];
    const cell = (row: number, ends: number[]): never => ({ row, right: ends.map((end) => right[end]) }) as never;
    expect(countCrossings([[cell(0, [1]), cell(1, [0])]])).toBe(1);
    expect(countCrossings([[cell(0, [0, 1]), cell(1, [0, 1])]])).toBe(1);
    expect(countCrossings([[cell(0, [0]), cell(1, [1])]])).toBe(0);
  });
});

describe("places", () => {
  it("keep their distance, and start at the origin", () => {
    const { places, width, height } = draw("a>b a>c a>d a>e");
    const column = ["b", "c", "d", "e"].map((key) => places.get(key)!).sort((one, other) => one.y - other.y);
    expect(column.map(({ x, y }) => [x, y])).toEqual([[150, 0], [150, 50], [150, 100], [150, 150]]);
    expect([width, height]).toEqual([250, 190]);
  });
  it("are in the middle of what they lead to", () => expect(draw("a>b a>c a>d").places.get("a")!.y).toBe(50));
  it("of a chain are in one line", () => expect(new Set([...draw("a>b b>c c>d").places.values()].map(({ y }) => y)).size).toBe(1));
  it("are nowhere for a graph without nodes", () => expect(layOut([], [], SIZES)).toMatchObject({ width: 0, height: 0 }));
});

describe("routes", () => {
  it("go round what stands between", () => {
    const { places, routes } = draw("a>b b>c a>c");
    const route = routes.get("a>c")!;
    expect(route).toHaveLength(4);
    const { y, height } = places.get("b")!;
    expect(route[1]![1] < y || route[1]![1] > y + height).toBe(true);
  });
  it("of a link that closes a circle lead back", () => {
    const route = draw("a>b b>a").routes.get("b>a")!;
    expect(route[0]![0]).toBeGreaterThan(route.at(-1)![0]);
  });
  it("leave out what is not there", () => expect(layOut([{ key: "a", height: 1 }], [{ key: "x", source: "a", target: "b" }], SIZES).routes.size).toBe(0));
});

it("draws two thousand nodes without two in one place", () => {
  const arrows = Array.from({ length: 4000 }, (_, index): Arrow => ({ key: `${index}`, source: `${index % 500}`, target: `${500 + ((index * 7919) % 1500)}` }));
  const boxes = Array.from({ length: 2000 }, (_, index) => ({ key: `${index}`, height: 40 }));
  const { places } = layOut(boxes, arrows, SIZES);
  expect(new Set([...places.values()].map(({ x, y }) => `${x} ${y.toFixed(3)}`)).size).toBe(2000);
});
