import { describe, expect, it } from "vitest";
import { type Cursor, type Walk, walkOn } from "./walk";

function follow(walk: Walk, keys: readonly string[], from: Cursor | null = null): string[] {
  let cursor = from;
  return keys.map((key) => {
    cursor = walkOn(walk, cursor, key);
    return cursor ? `${cursor.id}${walk.kind === "axes" ? cursor.axis : ""}` : "nowhere";
  });
}

describe("walkOn", () => {
  const plane: Walk = {
    kind: "plane",
    stops: [
      { id: "b", value: [2, "low"] },
      { id: "a", value: [1, "low"] },
      { id: "c", value: [10, "high"] },
    ],
  };

  it("goes along both axes of a plane, and stays at its ends", () => {
    expect(follow(plane, ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"])).toEqual(["a", "b", "c", "c"]);
    expect(follow(plane, ["ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown"], { id: "c", axis: 0 })).toEqual(["a", "b", "a", "c"]);
    expect(follow(plane, ["End", "Home"], { id: "b", axis: 0 })).toEqual(["c", "a"]);
  });

  it("begins again where the run has gone, and leaves other keys alone", () => {
    expect(walkOn(plane, { id: "gone", axis: 1 }, "ArrowLeft")).toEqual({ id: "a", axis: 0 });
    expect(walkOn(plane, { id: "a", axis: 0 }, "x")).toBeNull();
    expect(walkOn({ kind: "plane", stops: [] }, null, "ArrowLeft")).toBeNull();
  });

  it("goes within a row and to what is nearest in the next one", () => {
    const rows: Walk = {
      kind: "rows",
      stops: [
        { id: "top-9", value: [9, -0.2] },
        { id: "top-1", value: [1, 0.2] },
        { id: "bottom-2", value: [2, 2.1] },
        { id: "bottom-8", value: [8, 1.9] },
      ],
    };
    const keys = ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowUp"];
    expect(follow(rows, keys)).toEqual(["top-1", "bottom-2", "bottom-8", "bottom-8", "top-9", "top-1", "top-1"]);
  });

  it("goes from axis to axis, and from line to line on one of them", () => {
    const axes: Walk = {
      kind: "axes",
      stops: [
        { id: "a", value: [1, 5, 3] },
        { id: "b", value: [2, 4, 9] },
      ],
    };
    const keys = ["ArrowUp", "ArrowUp", "ArrowRight", "ArrowUp", "ArrowRight", "ArrowRight", "Home"];
    expect(follow(axes, keys)).toEqual(["a0", "b0", "b1", "a1", "a2", "a2", "a2"]);
  });
});
