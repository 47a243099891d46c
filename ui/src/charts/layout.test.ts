import { expect, it } from "vitest";
import { chartKeyText, parseChartKey } from "./chart-keys";
import { layOut } from "./layout";

const all = { metrics: [] as string[], images: [] as string[], added: [] as string[], find: "", toggled: [] as string[], columns: 2 };
const names = (options: Partial<typeof all>): string[] =>
  layOut({ ...all, ...options }).map((row) =>
    row.kind === "heads"
      ? row.sections.map(({ name, count, isOpen }) => `${name} ${count}${isOpen ? "" : " folded"}`).join(" | ")
      : row.kind === "wide"
        ? `wide ${chartKeyText(row.chart)}`
        : row.charts.map(chartKeyText).join(" "),
  );

it("makes sections by prefix, system last and folded", () => {
  expect(names({ metrics: ["system/cpu", "zeta/a", "val/b", "train/c", "lr", "train/a10", "train/a9"] })).toEqual([
    "Metrics 1",
    "metrics.lr",
    "train 3",
    "metrics.train/a9 metrics.train/a10",
    "metrics.train/c",
    "val 1 | zeta 1",
    "metrics.val/b metrics.zeta/a",
    "system 1 folded",
  ]);
});

it("gives each series of images a row of its own", () => {
  expect(names({ metrics: ["val/b", "zeta/a"], images: ["val/mask", "input"] })).toEqual([
    "val 1",
    "metrics.val/b",
    "Images 2",
    "wide images.input",
    "wide images.val/mask",
    "zeta 1",
    "metrics.zeta/a",
  ]);
  expect(names({ images: ["val/mask", "input"], added: ["images.input"], find: "input" })).toContain("wide images.input");
});

it("folds and unfolds what was toggled", () => {
  expect(names({ metrics: ["system/cpu", "lr"], toggled: ["system", "Metrics"] })).toEqual(["Metrics 1 folded", "system 1", "metrics.system/cpu"]);
});

it("shows only what has all the words, also in folded sections", () => {
  expect(names({ metrics: ["system/CPU use", "train/loss"], find: "cpu sys" })).toEqual(["system 1", "metrics.system/CPU use"]);
  expect(names({ metrics: ["train/loss"], find: "nothing" })).toEqual([]);
});

it("puts added charts first and leaves out names that name no chart", () => {
  expect(names({ metrics: ["lr"], added: ["scatter:params.a:metrics.b", "scatter:one", "round"] })).toEqual([
    "Added 1 | Metrics 1",
    "scatter:params.a:metrics.b metrics.lr",
  ]);
});

it("names charts so that they can be read back", () => {
  for (const key of [
    { kind: "metric", metric: "a:b/c %" },
    { kind: "images", key: "val/a:b" },
    { kind: "scatter", x: "params.a:b", y: "metrics.100%" },
    { kind: "parallel", columns: ["params.a", "metrics.b:c", "tags.d"] },
  ] as const) {
    expect(parseChartKey(chartKeyText(key as never))).toEqual(key);
  }
  expect(["", "metrics.", "images.", "scatter:a", "parallel:a", "scatter:%zz:b"].map(parseChartKey)).toEqual([
    null, null, null, null, null, { kind: "scatter", x: "%zz", y: "b" },
  ]);
});
