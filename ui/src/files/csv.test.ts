import { expect, it } from "vitest";
import { parseCsv } from "./csv";

it("takes quotes, separators in them, and both ends of lines", () => {
  expect(parseCsv('a,b\r\n"x, ""y""",2\n', ",", true)).toEqual([["a", "b"], ['x, "y"', "2"]]);
});

it("leaves the last line out where it may be cut", () => {
  expect(parseCsv("a\tb\n1\t2", "\t", false)).toEqual([["a", "b"]]);
  expect(parseCsv("a\tb\n1\t2", "\t", true)).toEqual([["a", "b"], ["1", "2"]]);
});

it("keeps new lines in quotes", () => expect(parseCsv('"a\nb",c\n', ",", true)).toEqual([["a\nb", "c"]]));
