import { describe, expect, it } from "vitest";
import { isWhole, placeAt, readMistake } from "./language";

describe("what is due", () => {
  it.each([
    ["", "field"],
    ["NOT (", "field"],
    ["metrics.loss", "field"],
    ["metrics.loss ", "operator"],
    ["min(metrics.", "field"],
    ["min(metrics.loss) ", "operator"],
    ["metrics.loss <", "operator"],
    ["metrics.loss < ", "value"],
    ["metrics.loss < 0.", "value"],
    ["metrics.loss < 0.5 ", "join"],
    ["params.`a b` = 'it''s' ", "join"],
    ["params.model = 'vi", "value"],
    ["params.model IN (", "list"],
    ["params.model IN ('a', ", "list"],
    ["params.model IN ('a') ", "join"],
    ["metrics.loss BETWEEN 1 AND ", "value"],
    ["end_time IS NOT ", "null"],
    ["status = 'FAILED' OR ", "field"],
  ])("after %j comes a %s", (text, due) => expect(placeAt(text, text.length).due).toBe(due));

  it("knows of which field a value is", () => {
    const text = "status = 'FAILED' AND params.model = ";
    expect(placeAt(text, text.length).field).toBe("params.model");
  });
  it("looks at the caret, not at the end", () => expect(placeAt("metrics. < 3", 8).token?.text).toBe("metrics."));
});

it.each([
  ["", true],
  ["metrics.loss", false],
  ["metrics.loss < ", false],
  ["metrics.loss < 1", true],
  ["(metrics.loss < 1", false],
  ["params.a = 'b", false],
  ["params.a IN ('b', 'c')", true],
  ["min(metrics.loss) < 1", true],
  ["end_time IS NULL", true],
])("%j is whole: %s", (text, whole) => expect(isWhole(text)).toBe(whole));

it("finds the place of a mistake in the server's words", () => {
  const message = "Invalid clause(s) in filter string: expected a value, found 'x' (at column 16 of the filter \"metrics.loss < x\")";
  expect(readMistake(message, 16)).toEqual({ text: "Expected a value, found 'x'", at: 15 });
  expect(readMistake('Wrong (at the end of the filter "a")', 1)).toEqual({ text: "Wrong", at: 1 });
  expect(readMistake("No such experiment", 3)).toEqual({ text: "No such experiment", at: null });
});
