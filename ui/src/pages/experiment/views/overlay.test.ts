import { expect, it } from "vitest";
import type { ExperimentSearch, ExperimentUrl } from "../search";
import { parseExperimentUrl } from "../search";
import { changeUrl, overlay } from "./overlay";

const UNDER: ExperimentSearch = { filter: "metrics.loss < 1", order: ["metrics.loss ASC"], logY: true, widths: { a: 80, b: 90 } };
const OPEN: ExperimentUrl = { view: "v-1" };

it("shows the view's state, and what the URL says on top of it", () => {
  expect(overlay(UNDER, OPEN)).toEqual(UNDER);
  expect(overlay(UNDER, { ...OPEN, logY: true, filter: "x", smooth: 0.5, without: ["order"] })).toEqual({
    filter: "x",
    logY: true,
    smooth: 0.5,
    widths: { a: 80, b: 90 },
  });
  expect(overlay({}, { filter: "x" })).toEqual({ filter: "x" });
});

it("keeps in the URL only what is not as in the view", () => {
  expect(changeUrl(UNDER, OPEN, { smooth: 0.5 }, false)).toEqual({ view: "v-1", smooth: 0.5 });
  expect(changeUrl(UNDER, OPEN, { logY: undefined }, false)).toEqual({ view: "v-1", without: ["logY"] });
  expect(changeUrl(UNDER, { ...OPEN, without: ["logY"], smooth: 0.5 }, { logY: true, smooth: undefined }, false)).toEqual(OPEN);
  expect(changeUrl(UNDER, OPEN, { widths: { b: 90, a: 80 }, order: ["metrics.loss ASC"] }, false)).toEqual(OPEN);
  expect(changeUrl(UNDER, OPEN, { widths: { a: 80 } }, false)).toEqual({ view: "v-1", widths: { a: 80 } });
});

it("comes to the same state by the URL as by the change", () => {
  const changes: Partial<ExperimentSearch> = { filter: undefined, order: ["params.lr DESC"], zoom: [1, 2] };
  const url = changeUrl(UNDER, OPEN, changes, false);
  expect(overlay(UNDER, url)).toEqual({ order: ["params.lr DESC"], zoom: [1, 2], logY: true, widths: { a: 80, b: 90 } });
  expect(parseExperimentUrl({ ...url })).toEqual(url);
});

it("opens no default view by clearing the last field", () => {
  expect(changeUrl({}, { filter: "x" }, { filter: undefined }, true)).toEqual({ view: "none" });
  expect(changeUrl({}, { filter: "x" }, { filter: undefined }, false)).toEqual({});
  expect(changeUrl({}, { view: "none" }, { filter: "x" }, true)).toEqual({ filter: "x" });
});

it("takes a view's id from a URL, and what is missing of it only with one", () => {
  expect(parseExperimentUrl({ view: "v-1", without: ["logY", 3] })).toEqual({ view: "v-1", without: ["logY"] });
  expect(parseExperimentUrl({ view: 7, without: ["logY"], smooth: 0.5 })).toEqual({ smooth: 0.5 });
});
