import { expect, it } from "vitest";
import { matchScore, quoteText } from "./matching";

it("puts beginnings before words, words before parts, parts before scattered letters", () => {
  const names = ["sweep", "vision/sweep", "unswept", "s-w-e-e-p"];
  const scores = names.map((name) => matchScore("swe", name));
  expect(scores).toEqual([4, 3, 2, 1]);
  expect(matchScore("swx", "sweep")).toBe(0);
  expect(matchScore(" ", "sweep")).toBe(1);
});

it("quotes texts for filters", () => expect(quoteText("it's")).toBe("'it''s'"));
