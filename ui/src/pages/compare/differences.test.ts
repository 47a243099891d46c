import { describe, expect, it } from "vitest";
import type { Run, SessionContext } from "@/api/types";
import { compareFacts, tableRows } from "./differences";
import { factsOf } from "./facts";

function makeRun(data: { params?: Record<string, string>; metrics?: Record<string, number | "NaN">; tags?: Record<string, string> }): Run {
  const pairs = (values: Record<string, string> = {}) => Object.entries(values).map(([key, value]) => ({ key, value }));
  return {
    info: { run_id: "r", experiment_id: "0", user_id: "ada", status: "FINISHED", start_time: 0, end_time: 5000 },
    data: {
      params: pairs(data.params),
      tags: pairs(data.tags),
      metrics: Object.entries(data.metrics ?? {}).map(([key, value]) => ({ key, value, timestamp: 0, step: 0 })),
    },
    inputs: {},
  };
}

function makeSession(parts: Record<string, unknown>): SessionContext {
  return {
    session: "s",
    started_at: 0,
    parts: Object.entries(parts).map(([name, content]) => ({ name, size: 10, digest: "abcdef0123456789", content: typeof content === "string" ? content : JSON.stringify(content) })),
  };
}

const named = (sections: ReturnType<typeof compareFacts>, group: string) => sections.find((section) => section.group === group);

describe("factsOf", () => {
  it("reads params, metrics and tags, but for tags of ours and MLflow's", () => {
    const facts = factsOf(makeRun({ params: { lr: "1" }, metrics: { loss: "NaN", "system/cpu": 1 }, tags: { team: "a", "mlflow.user": "x" } }), []);
    expect([...facts.get("Params")!]).toEqual([["lr", "1"]]);
    expect(facts.get("Metrics")!.get("loss")).toBeNaN();
    expect([...facts.get("System metrics")!.keys()]).toEqual(["system/cpu"]);
    expect([...facts.get("Tags")!]).toEqual([["team", "a"]]);
  });
  it("takes each part of the context from the first session that has it", () => {
    const sessions = [makeSession({ packages: { numpy: "1.0" } }), makeSession({ packages: { numpy: "2.0" }, git: { commit: "c1", is_dirty: false } })];
    const facts = factsOf(makeRun({}), sessions);
    expect(facts.get("Packages")!.get("numpy")).toBe("1.0");
    expect([...facts.get("Code")!]).toEqual([["commit", "c1"], ["uncommitted changes", "none"]]);
  });
  it("knows uncommitted changes by their digest, without their text", () => {
    const session = makeSession({ git: { commit: "c1", is_dirty: true } });
    session.parts!.push({ name: "diff", size: 2000, digest: "abcdef0123456789" });
    expect(factsOf(makeRun({}), [session]).get("Code")!.get("uncommitted changes")).toBe("2.0 kB, abcdef012345");
  });
  it("falls back to MLflow's tags, and passes over what it cannot read", () => {
    const facts = factsOf(makeRun({ tags: { "mlflow.source.git.commit": "c2" } }), [makeSession({ git: "no JSON", packages: [1] })]);
    expect([...facts.get("Code")!]).toEqual([["commit", "c2"], ["branch", undefined], ["remote", undefined], ["script", undefined], ["uncommitted changes", undefined]]);
    expect(facts.has("Packages")).toBe(false);
  });
  it("counts equal GPUs", () => {
    const gpu = { name: "H100", memory: 80e9, driver: "550" };
    const facts = factsOf(makeRun({}), [makeSession({ hardware: { gpus: [gpu, gpu], cores: 8 } })]);
    expect(facts.get("Hardware")!.get("GPUs")).toBe("2 × H100 (80.0 GB)");
  });
});

describe("compareFacts", () => {
  it("finds what differs, where it is least first", () => {
    const sections = compareFacts([
      factsOf(makeRun({ params: { lr: "1", depth: "2", same: "x" }, tags: { team: "a" } }), []),
      factsOf(makeRun({ params: { lr: "2", depth: "3", same: "x" }, tags: { team: "b" } }), []),
    ]);
    expect(sections.map(({ group, differing }) => [group, differing])).toEqual([["Tags", 1], ["Params", 2], ["Run", 0]]);
    expect(tableRows(sections, { all: false, find: "", folded: [] }).map((row) => (row.kind === "fact" ? row.row.name : row.section.group))).toEqual([
      "Tags", "team", "Params", "depth", "lr",
    ]);
  });
  it("tells a value that is not there from facts that nobody recorded", () => {
    const sections = compareFacts([
      factsOf(makeRun({ params: { lr: "1" } }), [makeSession({ packages: { numpy: "1" } })]),
      factsOf(makeRun({}), undefined),
    ]);
    expect(named(sections, "Params")!.rows[0]).toMatchObject({ values: ["1", null], differs: true });
    expect(named(sections, "Packages")).toMatchObject({ differing: 0, silent: 1 });
    expect(named(sections, "Packages")!.rows[0]!.values).toEqual(["1", undefined]);
  });
  it("takes what nobody recorded for no difference", () => {
    const sections = compareFacts([
      factsOf(makeRun({}), [makeSession({ git: { commit: "c1", is_dirty: false } })]),
      factsOf(makeRun({ tags: { "mlflow.source.git.commit": "c1" } }), []),
    ]);
    expect(named(sections, "Code")).toMatchObject({ differing: 0, silent: 0 });
    expect(named(sections, "Code")!.rows.find(({ name }) => name === "uncommitted changes")!.values).toEqual(["none", undefined]);
  });
  it("marks the best of metrics whose name tells what is good; NaN is equal to itself", () => {
    const sections = compareFacts([
      factsOf(makeRun({ metrics: { loss: 0.5, accuracy: 0.9, odd: 1, nan: "NaN" } }), []),
      factsOf(makeRun({ metrics: { loss: 0.4, accuracy: 0.8, odd: 2, nan: "NaN" } }), []),
    ]);
    const best = Object.fromEntries(named(sections, "Metrics")!.rows.map(({ name, best }) => [name, best && [...best]]));
    expect(best).toEqual({ loss: [0.4], accuracy: [0.9], odd: [], nan: undefined });
  });
});

describe("tableRows", () => {
  const sections = compareFacts([
    factsOf(makeRun({ params: { lr: "1", same: "x" } }), []),
    factsOf(makeRun({ params: { lr: "2", same: "x" } }), []),
  ]);
  const names = (options: Partial<Parameters<typeof tableRows>[1]>) =>
    tableRows(sections, { all: false, find: "", folded: [], ...options }).map((row) => (row.kind === "fact" ? row.row.name : row.section.group));
  it("shows all if asked", () => expect(names({ all: true })).toEqual(["Params", "lr", "same", "Run", "duration", "status", "user"]));
  it("finds by words", () => expect(names({ all: true, find: "params sam" })).toEqual(["Params", "same"]));
  it("folds", () => expect(names({ folded: ["Params"] })).toEqual(["Params"]));
});
