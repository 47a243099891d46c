import { expect, it } from "vitest";
import { parsePlace, writePlace } from "./place";

it.each([
  [undefined, "overview", ""],
  ["artifacts/model/MLmodel", "artifacts", "model/MLmodel"],
  ["model-metrics", "metrics", ""],
  ["system-metrics", "system", ""],
  ["logs/x", "logs", ""],
  ["lineage", "lineage", ""],
  ["traces", "overview", ""],
])("takes %s as %s", (rest, tab, path) => expect(parsePlace(rest)).toEqual({ tab, path }));

it("writes what it takes", () => {
  expect(writePlace({ tab: "artifacts", path: "a/b" })).toBe("artifacts/a/b");
  expect(writePlace({ tab: "logs", path: "" })).toBe("logs");
});
