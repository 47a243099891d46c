import { expect, it } from "vitest";
import { jsonLines } from "./json";

const VALUE = { a: [1, "x"], b: {}, c: null };
const write = (folded: string[]): string =>
  jsonLines(VALUE, new Set(folded))
    .map(({ depth, key, text }) => "  ".repeat(depth) + (key ? `${key}: ` : "") + text)
    .join("\n");

it("writes a value as JSON is written", () => expect(JSON.parse(write([]))).toEqual(VALUE));

it("folds a part into one line that says how much it holds", () => {
  expect(write(["/a"])).toBe('{\n  "a": [ 2 ],\n  "b": {},\n  "c": null\n}');
  expect(write([""])).toBe("{ 3 }");
});
