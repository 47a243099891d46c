// @vitest-environment jsdom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CallError } from "@/api/client";
import { RunRows, type Query } from "./rows";
import type { RunBase, WindowAnswer, WindowRequest } from "./window";

/** A table of a server in memory: runs in their order, some of them nested. */
class Table {
  asked: WindowRequest[] = [];
  runs: RunBase[] = [];

  constructor(count: number) {
    for (let number = count - 1; number >= 0; number--) this.runs.push(makeRun(`r${number}`, number));
  }

  fetch = async (request: WindowRequest): Promise<WindowAnswer> => {
    this.asked.push(request);
    if (request.filter === "wrong") throw new CallError(400, "INVALID_PARAMETER_VALUE", "No.");
    const parent = /parentRunId = '(.*)'/.exec(request.filter)?.[1] ?? null;
    const found = this.runs.filter(({ parentId }) => (parent || request.roots ? parentId === parent : true));
    const runs = found.slice(request.offset, request.offset + request.count);
    const columns = request.fields.map((field) => runs.map(({ id }) => `${field} of ${id}`));
    return { total: found.length, token: "", isUnchanged: false, runs, columns };
  };
}

function makeRun(id: string, startTime: number, parentId: string | null = null, children = 0): RunBase {
  return { id, experimentId: "1", name: id, user: "", status: "FINISHED", isLost: false, startTime, endTime: null, parentId, children };
}

const QUERY: Query = { experimentIds: ["1"], filter: "", order: [], isDeleted: false, isTree: true };

async function open(table: Table, query = QUERY): Promise<RunRows> {
  const rows = new RunRows(table.fetch);
  rows.setView(0, 20, ["params.a"]);
  rows.setQuery(query);
  await settle();
  return rows;
}

const settle = () => vi.advanceTimersByTimeAsync(50);
const names = (rows: RunRows, from: number, to: number) => Array.from({ length: to - from }, (_, at) => rows.at(from + at).run?.name);

beforeEach(() => void vi.useFakeTimers());

describe("windows", () => {
  it("come where the reader is, and before he is there", async () => {
    const table = new Table(1_000);
    const rows = await open(table);
    expect(rows.size).toBe(1_000);
    expect(rows.at(0).run?.values[rows.slot("params.a")]).toBe("params.a of r999");
    rows.setView(480, 500, ["params.a"]);
    expect(rows.at(490).run).toBeUndefined();
    await settle();
    expect(names(rows, 490, 492)).toEqual(["r509", "r508"]);
    expect(table.asked.length).toBeLessThan(6);
  });

  it("bring only the columns that are missing", async () => {
    const table = new Table(50);
    const rows = await open(table);
    rows.setView(0, 20, ["params.a", "params.b"]);
    await settle();
    expect(table.asked.at(-1)!.fields).toEqual(["params.b"]);
    expect(rows.at(3).run?.values[rows.slot("params.b")]).toBe("params.b of r46");
  });

  it("are read once where their columns are known before the table is there", async () => {
    const table = new Table(50);
    const rows = new RunRows(table.fetch);
    void rows.readAhead(QUERY, ["params.a", "params.b"]);
    rows.setQuery(QUERY);
    await settle();
    rows.setView(0, 20, ["params.b"]);
    await settle();
    expect(table.asked.map(({ fields }) => fields)).toEqual([["params.a", "params.b"]]);
    expect(rows.at(0).run?.values[rows.slot("params.b")]).toBe("params.b of r49");
  });

  it("keep their values where other columns come into sight while they are asked for anew", async () => {
    const rows = await open(new Table(50));
    const polled = rows.poll();
    rows.setView(0, 20, ["params.b"]);
    await polled;
    await settle();
    expect(["params.a", "params.b"].map((field) => rows.at(0).run?.values[rows.slot(field)])).toEqual(["params.a of r49", "params.b of r49"]);
  });
});

describe("news", () => {
  it("move rows at once where nobody is on them", async () => {
    const table = new Table(30);
    const rows = await open(table);
    table.runs.unshift(makeRun("new", 99));
    await rows.poll();
    await settle();
    expect(names(rows, 0, 2)).toEqual(["new", "r29"]);
    expect(rows.hasNews).toBe(false);
  });

  it("wait while the reader is on the rows, whose values go on", async () => {
    const table = new Table(300);
    const rows = await open(table);
    rows.hold(true);
    table.runs.unshift(makeRun("new", 999));
    table.runs[1] = { ...table.runs[1]!, status: "FAILED" };
    await rows.poll();
    await rows.poll();
    expect([rows.newRuns, rows.hasNews]).toEqual([1, true]);
    expect(names(rows, 0, 2)).toEqual(["r299", "r298"]);
    expect(rows.at(0).run?.status).toBe("FAILED");
    // What is read meanwhile follows what is shown.
    rows.setView(190, 210, ["params.a"]);
    await settle();
    expect(names(rows, 199, 201)).toEqual(["r100", "r99"]);
    rows.hold(false);
    await settle();
    expect(rows.size).toBe(301);
    expect(names(rows, 200, 201)).toEqual(["r100"]);
  });
});

describe("a query", () => {
  it("that is refused leaves the rows of the last one", async () => {
    const rows = await open(new Table(5));
    rows.setQuery({ ...QUERY, filter: "wrong" });
    await settle();
    expect(rows.error?.status).toBe(400);
    expect(rows.size).toBe(5);
    rows.setQuery({ ...QUERY, filter: "right" });
    await settle();
    expect(rows.error).toBeNull();
  });
});

describe("rows that are foreseen", () => {
  const ORDERED = { ...QUERY, order: ["metrics.a ASC"] };

  it("are there without another request when they are wanted", async () => {
    const table = new Table(50);
    const rows = await open(table);
    rows.foresee(ORDERED);
    rows.foresee(ORDERED);
    await settle();
    rows.setQuery(ORDERED);
    await settle();
    expect(table.asked.map(({ order }) => order)).toEqual([[], ["metrics.a ASC"]]);
    expect([rows.generation, rows.isStale]).toEqual([2, false]);
  });

  it("are asked for anew where something else was wanted, or much later", async () => {
    const table = new Table(50);
    const rows = await open(table);
    rows.foresee({ ...QUERY, filter: "wrong" });
    rows.setQuery({ ...QUERY, filter: "right" });
    await settle();
    expect([rows.error, rows.size]).toEqual([null, 50]);
    rows.foresee(ORDERED);
    await vi.advanceTimersByTimeAsync(5_000);
    rows.setQuery(ORDERED);
    await settle();
    expect(table.asked.slice(-2).map(({ order }) => order)).toEqual([ORDERED.order, ORDERED.order]);
  });
});

describe("the tree", () => {
  it("has the children of open runs below them, at any depth", async () => {
    const table = new Table(0);
    table.runs = [makeRun("a", 3, null, 2), makeRun("b", 2), makeRun("a1", 1, "a", 1), makeRun("a2", 1, "a"), makeRun("a1x", 1, "a1")];
    const rows = await open(table);
    expect(names(rows, 0, rows.size)).toEqual(["a", "b"]);
    rows.setOpen(new Set(["a", "a1"]));
    expect(rows.size).toBe(4); // their number is known before they come
    await settle();
    await settle();
    expect(names(rows, 0, rows.size)).toEqual(["a", "a1", "a1x", "a2", "b"]);
    expect(rows.at(2).depth).toBe(2);
    rows.setOpen(new Set());
    expect(rows.size).toBe(2);
  });

  it("ends where tags make a circle", async () => {
    const table = new Table(0);
    table.runs = [makeRun("a", 1, "b", 1), makeRun("b", 1, "a", 1)];
    const rows = await open(table, { ...QUERY, filter: "any" });
    rows.setOpen(new Set(["a", "b"]));
    await settle();
    await settle();
    expect(names(rows, 0, rows.size)).toEqual(["a", "b", "a", "b", "a", "b"]);
  });
});
