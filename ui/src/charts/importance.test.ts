import { expect, it } from "vitest";
import { type Feature, measureForest, randomNumbers } from "./forest";
import { type ImportanceRequest, measureImportance } from "./importance";
import { averageRanks } from "./ranks";

const random = randomNumbers(7);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
const RUNS = Array.from({ length: 120 }, () => {
  const run = { lr: 10 ** (-5 + 4 * random()), depth: 1 + Math.floor(random() * 8), optimizer: pick(["adam", "sgd"]), schedule: pick(["flat", "cosine", "step", "linear"]), noise: random() };
  const bend = 0.3 * (Math.log10(run.lr) + 3) ** 2;
  const loss = bend + 0.08 * run.depth + (run.optimizer === "sgd" ? 0.4 : 0) + (run.schedule === "cosine" ? 0.3 : 0) + 0.2 * random();
  return { ...run, loss };
});
type Column = keyof (typeof RUNS)[number];

function feature(column: Column, isOrdered = true): Feature {
  const kinds = [...new Set(RUNS.map((run) => run[column]))].sort((one, other) => (one < other ? -1 : 1));
  return { codes: Int32Array.from(RUNS, (run) => kinds.indexOf(run[column])), count: kinds.length, isOrdered };
}

function request(columns: readonly Column[], runs = RUNS): ImportanceRequest {
  return {
    ids: runs.map((_, at) => `run-${String(at).padStart(3, "0")}`),
    metric: runs.map(({ loss }) => loss),
    params: Object.fromEntries(columns.map((column) => [`params.${column}`, runs.map((run) => String(run[column]))])),
  };
}

it("measures what scikit-learn's extremely randomised trees measure", () => {
  // scikit-learn 1.9, the same runs as codes and ranks: ExtraTreesRegressor(3000, bootstrap=True, min_samples_split=5,
  // max_features=1.0), and for each tree the squared error of its unseen rows with a column shuffled, less that without,
  // by the variance: 0.619 (lr), 0.204 (depth), 0.569 (optimizer), 0.001 (noise); oob_score_ = 0.756.
  const features = [feature("lr"), feature("depth"), feature("optimizer"), feature("noise")];
  const { importances, explained } = measureForest(features, averageRanks(RUNS.map(({ loss }) => loss)), { trees: 1000 });
  [0.619, 0.204, 0.569, 0.001].forEach((expected, at) => expect(Math.abs(importances[at]! - expected)).toBeLessThan(0.03));
  expect(Math.abs(explained - 0.756)).toBeLessThan(0.02);
});

it("finds what matters, texts among it, and the sign of it", () => {
  const { params, explained, runs } = measureImportance(request(["noise", "schedule", "depth", "lr", "optimizer"]))!;
  const names = params.map(({ param }) => param);
  expect(names.slice(0, 2).sort()).toEqual(["params.lr", "params.optimizer"]); // one as much as the other
  expect(names.slice(2)).toEqual(["params.depth", "params.schedule", "params.noise"]);
  expect(params.reduce((sum, { share }) => sum + share!, 0)).toBeCloseTo(1, 12);
  expect(params.find(({ param }) => param === "params.noise")!.share).toBeLessThan(0.02);
  // SciPy 1.17's spearmanr of the same runs.
  const correlations = new Map(params.map(({ param, correlation }) => [param, correlation]));
  expect(correlations.get("params.lr")).toBeCloseTo(-0.05929578442947426, 12);
  expect(correlations.get("params.depth")).toBeCloseTo(0.35027186548145944, 12);
  expect(correlations.get("params.optimizer")).toBeNull();
  expect(explained).toBeGreaterThan(0.7);
  expect(runs).toBe(120);
});

it("says the same of the same runs, whatever their order and whatever grows with a value", () => {
  const once = measureImportance(request(["lr", "depth", "optimizer"]))!;
  const { ids, metric, params } = request(["optimizer", "depth", "lr"]);
  const turned = <T>(values: readonly T[]): T[] => values.toReversed();
  const logs = params["params.lr"]!.map((text) => String(Math.log(Number(text))));
  const columns = { ...params, "params.lr": logs };
  const again = measureImportance({
    ids: turned(ids),
    metric: turned(metric).map((value) => 1000 ** value!),
    params: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, turned(values)])),
  });
  expect(again).toEqual(once);
});

it("leaves out constants, names of runs, and runs without a number", () => {
  const { ids, metric, params } = request(["depth"]);
  const gaps = metric.map((value, at) => (at < 5 ? null : at < 8 ? NaN : at < 10 ? Infinity : value));
  const result = measureImportance({
    ids,
    metric: gaps,
    params: {
      ...params,
      "params.same": ids.map(() => "1.0"),
      "params.same number": ids.map((_, at) => (at % 2 ? "1" : "1.0")),
      "params.path": ids.map((id) => `/runs/${id}`),
      "params.only there": ids.map((_, at) => (at % 2 ? "yes" : null)),
      "params.flag": ids.map((_, at) => (at % 3 ? "True" : "False")),
      "params.limit": ids.map((_, at) => (at % 4 ? String(at % 4) : "None")),
    },
  })!;
  expect(result.runs).toBe(110);
  expect(result.constants).toEqual(["params.same", "params.same number"]);
  expect(result.names).toEqual(["params.path"]);
  const byName = new Map(result.params.map((one) => [one.param, one]));
  expect([...byName.keys()].sort()).toEqual(["params.depth", "params.flag", "params.limit", "params.only there"]);
  expect(byName.get("params.flag")!.correlation).not.toBeNull();
  expect(byName.get("params.limit")!.runs).toBe(ids.filter((_, at) => at >= 10 && at % 4).length);
  expect(byName.get("params.only there")!.correlation).toBeNull();
});

it("has no shares where the params tell nothing", () => {
  const { params, explained } = measureImportance({ ...request(["noise"]), metric: RUNS.map((_, at) => (at * 7919) % 120) })!;
  expect(explained).toBeLessThanOrEqual(0);
  expect(params[0]!.share).toBeNull();
  expect(params[0]!.correlation).not.toBeNull();
});

it("says nothing of few runs, or of runs that do not differ", () => {
  expect(measureImportance(request(["lr"], RUNS.slice(0, 7)))).toBeNull();
  expect(measureImportance(request(["lr"], RUNS.slice(0, 8)))).not.toBeNull();
  expect(measureImportance({ ...request(["lr"]), metric: RUNS.map(() => 1) })).toBeNull();
  expect(measureImportance({ ids: [], metric: [], params: {} })).toBeNull();
});
