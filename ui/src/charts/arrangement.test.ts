import { expect, it } from "vitest";
import { addSection, arrange, type ArrangedSection, describe, isPlaced, moveChart, moveSection, removeChart, removeSection, renameSection, sectionsOf } from "./arrangement";
import type { ChartState } from "./state";

const METRICS = ["lr", "train/a", "train/b", "train/c", "val/a", "val/b", "system/cpu"];
const PLOT = "scatter:params.a:metrics.b";

const stand = (state: ChartState = {}, metrics = METRICS): ArrangedSection[] => arrange(sectionsOf(metrics), state);
const show = (sections: readonly ArrangedSection[] | null): string[] =>
  sections!.map(({ name, charts, isOwn }) => `${name}${isOwn ? "*" : ""}: ${charts.map((chart) => chart.replace(/^metrics\./, "")).join(" ")}`);

/** What stands has to come again of what is kept of it. */
const keep = (sections: readonly ArrangedSection[] | null, metrics = METRICS): ChartState => {
  const state = describe(sections!);
  expect(show(stand(state, metrics)).filter((text) => !text.endsWith(": "))).toEqual(show(sections).filter((text) => !text.endsWith(": ")));
  return state;
};

it("keeps nothing of what arranges itself", () => {
  expect(show(stand())).toEqual(["Metrics: lr", "train: train/a train/b train/c", "val: val/a val/b", "system: system/cpu"]);
  expect(keep(stand())).toEqual({ charts: undefined, sections: undefined });
});

it("keeps an order as short as it can be, and nothing once it is the usual one again", () => {
  const moved = moveChart(stand(), "metrics.train/b", { section: "train", beside: "metrics.train/a" });
  expect(show(moved)[1]).toBe("train: train/b train/a train/c");
  expect(keep(moved)).toEqual({ charts: undefined, sections: [{ name: "Metrics" }, { name: "train", charts: ["metrics.train/b"] }] });
  const back = moveChart(moved!, "metrics.train/b", { section: "train", beside: "metrics.train/a", isBehind: true });
  expect(keep(back)).toEqual({ charts: undefined, sections: undefined });
});

it("keeps what was arranged where it was put while new metrics appear in their places", () => {
  const state = keep(moveChart(stand(), "metrics.train/c", { section: "val", beside: "metrics.val/a", isBehind: true }));
  expect(show(stand(state, [...METRICS, "train/ab", "val/0", "new/x", "val/z"]))).toEqual([
    "Metrics: lr",
    "train: train/a train/ab train/b",
    "val: val/a train/c val/0 val/b val/z",
    "new: new/x",
    "system: system/cpu",
  ]);
});

it("keeps what these runs do not have for others that do", () => {
  const state: ChartState = { charts: ["metrics.gone"], sections: [{ name: "val", charts: ["metrics.val/b"] }, { name: "gone", charts: ["metrics.gone/x"] }, { name: "far" }] };
  const moved = moveChart(stand(state, ["lr"]), "metrics.lr", { section: "Added", beside: "metrics.gone", isBehind: true });
  expect(describe(moved!)).toEqual({
    charts: ["metrics.gone", "metrics.lr"],
    sections: [{ name: "val", charts: ["metrics.val/b"] }, { name: "gone", charts: ["metrics.gone/x"] }, { name: "far" }],
  });
});

it("moves to the top, and back to where the chart draws itself", () => {
  const top = moveChart(stand({ charts: [PLOT] }), "metrics.val/b", { section: "Added" });
  expect(keep(top)).toEqual({ charts: ["metrics.val/b", PLOT], sections: undefined });
  expect(isPlaced(top!, "metrics.val/b")).toBe(true);
  expect(isPlaced(top!, "metrics.val/a")).toBe(false);
  expect(describe(removeChart(stand(describe(top!)), "metrics.val/b"))).toEqual({ charts: [PLOT], sections: undefined });
});

it("has each chart at one place, the first that names it, and leaves out what names none", () => {
  const state: ChartState = { charts: ["metrics.lr", "round", "metrics.lr"], sections: [{ name: "One", charts: ["metrics.lr", "metrics.val/a"] }, { name: "One", charts: ["metrics.val/b", "metrics."] }] };
  expect(show(stand(state))).toEqual(["Added: lr", "One*: val/a val/b", "Metrics: ", "train: train/a train/b train/c", "val: ", "system: system/cpu"]);
});

it("arranges series of images as charts of metrics", () => {
  const sections = arrange(sectionsOf(["lr", "zeta/a"], ["input", "mask"]), {});
  expect(show(sections)).toEqual(["Metrics: lr", "Images: images.input images.mask", "zeta: zeta/a"]);
  expect(describe(sections)).toEqual({ charts: undefined, sections: undefined });
  const moved = moveChart(sections, "images.mask", { section: "Metrics" });
  expect(describe(moved!).sections).toEqual([{ name: "Metrics", charts: ["images.mask"] }]);
  expect(describe(removeChart(moved!, "images.mask"))).toEqual({ charts: undefined, sections: undefined });
});

it("orders sections", () => {
  const first = moveSection(stand(), "val", "train", false);
  expect(keep(first)).toEqual({ charts: undefined, sections: [{ name: "Metrics" }, { name: "val" }] });
  expect(keep(moveSection(first, "val", "train", true))).toEqual({ charts: undefined, sections: undefined });
  const last = moveSection(stand({ charts: [PLOT] }), "Added", "system", true);
  expect(keep(last).sections).toEqual([{ name: "Metrics" }, { name: "train" }, { name: "val" }, { name: "system" }, { name: "Added" }]);
  expect(show(moveSection(stand(), "val", "nowhere", true))).toEqual(show(stand()));
});

it("makes sections of one's own, names them anew and takes them away", () => {
  const made = moveChart(addSection(stand({ charts: [PLOT] }), "Best"), "metrics.val/a", { section: "Best" });
  expect(show(made)[1]).toBe("Best*: val/a");
  const both = moveChart(made!, PLOT, { section: "Best", beside: "metrics.val/a", isBehind: true });
  expect(keep(both)).toEqual({ charts: undefined, sections: [{ name: "Best", charts: ["metrics.val/a", PLOT] }] });
  expect(describe(renameSection(both!, "Best", "Worst")).sections).toEqual([{ name: "Worst", charts: ["metrics.val/a", PLOT] }]);
  expect(show(renameSection(both!, "Best", "train")).find((text) => text.startsWith("train"))).toBe(`train: val/a ${PLOT} train/a train/b train/c`);
  expect(describe(removeSection(both!, "Best"))).toEqual({ charts: [PLOT], sections: undefined });
  expect(describe(addSection(stand(), "Empty")).sections).toEqual([{ name: "Empty", charts: [] }]);
});

it("moves to a section that is not there yet", () => {
  expect(keep(moveChart(stand(), "metrics.lr", { section: "New" })).sections).toEqual([{ name: "New", charts: ["metrics.lr"] }]);
});

it("puts so many charts of a section in order and no more, for each is a name in the URL", () => {
  const metrics = Array.from({ length: 12_000 }, (_, at) => `m/${at}`);
  const sections = stand({}, metrics);
  expect(moveChart(sections, "metrics.m/11999", { section: "m", beside: "metrics.m/250" })).toBeNull();
  const near = moveChart(sections, "metrics.m/11999", { section: "m", beside: "metrics.m/3" });
  expect(describe(near!).sections).toEqual([{ name: "m", charts: ["metrics.m/0", "metrics.m/1", "metrics.m/2", "metrics.m/11999"] }]);
  const own = moveChart(sections, "metrics.m/11999", { section: "Mine" });
  expect(describe(own!).sections).toEqual([{ name: "Mine", charts: ["metrics.m/11999"] }]);
});
