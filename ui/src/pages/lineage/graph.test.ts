import { expect, it } from "vitest";
import type { Lineage } from "@/api/types";
import { mergeAnswers, relatives, waysOf } from "./graph";

const run = (id: string) => ({ kind: "run", id, name: id });
const data = { kind: "dataset", id: "d/1", name: "d" };

function uses(ids: string[], hidden: number): Lineage {
  return {
    nodes: [data, ...ids.map(run)],
    edges: ids.map((_, index) => ({ source: 0, target: index + 1, relation: "used" })),
    cuts: hidden ? [{ node: 0, relation: "used", downstream: true, count: hidden }] : [],
  };
}

it("shows what is hidden as a fold, and how many are shown", () => {
  const { start, nodes, folds } = mergeAnswers([{ lineage: uses(["a", "b"], 4_998), skip: 0 }]);
  expect(start).toBe("dataset d/1");
  expect(nodes.size).toBe(3);
  expect(folds).toEqual([expect.objectContaining({ of: start, kind: "run", count: 4_998, shown: 2, downstream: true })]);
});

it("counts down what was opened since, whatever came twice", () => {
  const answers = [uses(["a", "b"], 3), uses(["b", "c", "d"], 2)];
  expect(mergeAnswers(answers.map((lineage) => ({ lineage, skip: 0 }))).folds[0]).toMatchObject({ count: 1, shown: 4 });
  const later = mergeAnswers([{ lineage: uses(["a", "b"], 3), skip: 0 }, { lineage: uses(["c", "d", "e"], 0), skip: 2 }]);
  expect(later.folds).toEqual([]);
});

it("says which runs and data stand above", () => {
  const lineage: Lineage = { nodes: [run("a")], edges: [], cuts: [{ node: 0, relation: "nested", downstream: false, count: 1 }, { node: 0, relation: "used", downstream: false, count: 2 }] };
  expect(mergeAnswers([{ lineage, skip: 0 }]).folds.map(({ kind }) => kind)).toEqual(["run", "dataset"]);
});

it("finds all that is up- and downstream, and not what stands beside", () => {
  const graph = mergeAnswers([{ lineage: uses(["a", "b"], 1), skip: 0 }]);
  expect(relatives(waysOf(graph), "run a")).toEqual(new Set(["run a", "dataset d/1", "dataset d/1 used run a"]));
  expect(relatives(waysOf(graph), "dataset d/1").size).toBe(3 + 2 + 2); // nodes, links, the fold and its link
});

it("ends with circles", () => {
  const lineage: Lineage = { nodes: [run("a"), run("b")], edges: [{ source: 0, target: 1, relation: "nested" }, { source: 1, target: 0, relation: "nested" }], cuts: [] };
  expect(relatives(waysOf(mergeAnswers([{ lineage, skip: 0 }])), "run a").size).toBe(4);
});
