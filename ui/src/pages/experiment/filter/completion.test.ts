import { expect, it } from "vitest";
import type { RunKeys } from "@/api/types";
import { completeFilter } from "./completion";

const keys: RunKeys = {
  runs: 9, looked_at: 9, metric_count: 2, param_count: 1, tag_count: 0, tags: [],
  metrics: [
    { key: "val loss", runs: 9, has_steps: true, min: 0, max: 1 },
    { key: "train/acc", runs: 1, has_steps: true, min: 0, max: 1 },
  ],
  params: [{ key: "model", runs: 9, distinct: 2, value: null }],
};

function offers(text: string, values: string[] = []): string[] {
  return completeFilter(text, text.length, keys, values).map(({ label }) => label);
}

it("offers fields by the words that they hold", () => {
  expect(offers("acc")).toEqual(["metrics.train/acc", "Name contains acc"]);
  expect(offers("status = 'FAILED' AND lo")[0]).toBe("metrics.`val loss`");
});

it("offers the operators that a field takes", () => {
  expect(offers("metrics.loss ")).toContain("BETWEEN");
  expect(offers("params.model ")).toContain("ILIKE");
  expect(offers("params.model ")).not.toContain("<");
  expect(offers("params.model RL")).toEqual(["RLIKE"]);
});

it("offers the values that runs have, and quotes them", () => {
  expect(offers("params.model = ", ["vit", "res'net"])).toEqual(["vit", "res'net"]);
  const [offer] = completeFilter("params.model = 're", 18, keys, ["vit", "res'net"]);
  expect(offer).toMatchObject({ insert: "'res''net' ", start: 15, end: 18 });
  expect(offers("status = 'f")).toEqual(["FINISHED", "FAILED"]);
});

it("offers to search names where one word stands alone", () => {
  const [offer] = completeFilter("abc", 3, undefined, []);
  expect(offer).toMatchObject({ label: "Name contains abc", insert: "run_name ILIKE '%abc%' " });
});
