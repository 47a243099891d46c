// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it } from "vitest";
import { Body } from "./body";
import { layColumns } from "./columns";
import type { RunRow } from "./level";
import type { RowState } from "./row";
import { RunRows } from "./rows";

const COLUMNS = ["start_time", "metrics.loss", "params.model", "params.seed"];
const rows = new RunRows();
const layout = layColumns(COLUMNS, [], {}, Infinity);
const context: RowState["context"] = { rows, layout, shapes: new Map(), best: new Map([["metrics.loss", 0.5]]), scheme: "light", isTree: true };

let parent: HTMLElement;
let body: Body;

beforeEach(() => {
  parent = document.body.appendChild(document.createElement("div"));
  body = new Body();
});
afterEach(() => parent.remove());

function makeRun(id: string, values: Record<string, number | string | null>, more: Partial<RunRow> = {}): RunRow {
  const run: RunRow = {
    id, experimentId: "1", name: `run ${id}`, user: "ann", status: "FINISHED", isLost: false,
    startTime: 0, endTime: 1_000, parentId: null, children: 0, values: [], revision: 0, ...more,
  };
  for (const [field, value] of Object.entries(values)) run.values[rows.slot(field)] = value;
  return run;
}

function show(row: number, run: RunRow | undefined, more: Partial<RowState> = {}): RowState {
  const state: RowState = {
    context, row, run, revision: run?.revision ?? 0, depth: 0, firstColumn: 0, endColumn: COLUMNS.length,
    isSelected: false, isHidden: false, isOpen: false, cursor: null, now: 60_000,
  };
  return { ...state, ...more };
}

const draw = (first: number, states: readonly (RowState | null)[]): void =>
  body.draw(parent, first, first + states.length - 1, (row) => states[row - first] ?? null);
const cell = (row: number, column: string): HTMLElement | null => parent.querySelector(`[data-row="${row}"] [data-column="${column}"]`);
const texts = (row: number): string[] => [...parent.querySelectorAll(`[data-row="${row}"] [role=gridcell]`)].map(({ textContent }) => textContent);

const rich = makeRun("a", { "metrics.loss": 0.5, "params.model": "cnn", "params.seed": "1" }, { children: 3 });
const poor = makeRun("b", { "metrics.loss": null, "params.model": null, "params.seed": "2" }, { status: "FAILED" });

it("shows what a run is and has", () => {
  draw(0, [show(0, rich, { isOpen: true })]);
  expect(texts(0)).toEqual(["", "run a3", "1 min", "0.5", "cnn", "1"]);
  expect(cell(0, "metrics.loss")!.dataset.best).toBe("true");
  expect(parent.querySelector("[aria-expanded=true] [aria-label='Close the 3 runs below run a']")).not.toBeNull();
});

it("shows nothing of the run that stood there before", () => {
  draw(0, [show(0, rich, { isSelected: true, isHidden: true, isOpen: true, cursor: 2, depth: 1 })]);
  const [element] = parent.children;
  draw(7, [show(7, poor)]);
  expect(parent.children).toHaveLength(1);
  expect(parent.children[0]).toBe(element);
  const used = parent.innerHTML;
  body = new Body();
  parent.replaceChildren();
  draw(7, [show(7, poor)]);
  expect(sorted(used)).toEqual(sorted(parent.innerHTML));
  expect(texts(7)).toEqual(["", "run b", "1 min", "", "", "2"]);
});

it("lets rows stand in their order, each where it is", () => {
  const states = Array.from({ length: 6 }, (_, row) => show(row, makeRun(String(row), {})));
  draw(0, states.slice(0, 4));
  const [, , third] = parent.children;
  draw(2, states.slice(2, 6));
  expect([...parent.children].map((row) => row.id)).toEqual(["row-2", "row-3", "row-4", "row-5"]);
  expect(parent.children[0]).toBe(third);
});

it.each([2, -2])("moves no row but those that come, where one scrolls by %i", (by) => {
  const states = Array.from({ length: 12 }, (_, row) => show(row, makeRun(String(row), { "params.model": "a" })));
  draw(3, states.slice(3, 9));
  const stay = [...parent.children].slice(Math.max(0, by), 6 + Math.min(0, by));
  const observer = new MutationObserver(() => undefined);
  observer.observe(parent, { childList: true });
  draw(3 + by, states.slice(3 + by, 9 + by));
  const touched = observer.takeRecords().flatMap(({ addedNodes, removedNodes }) => [...addedNodes, ...removedNodes]);
  expect(touched.length).toBeGreaterThan(0);
  expect(touched.filter((one) => stay.includes(one as Element))).toEqual([]);
});

it("moves no cell but those that come, where one scrolls to the right", () => {
  draw(0, [show(0, rich, { endColumn: 3 })]);
  const stay = [cell(0, "metrics.loss"), cell(0, "params.model")];
  const observer = new MutationObserver(() => undefined);
  observer.observe(parent, { childList: true, subtree: true });
  draw(0, [show(0, rich, { firstColumn: 1, endColumn: 4 })]);
  const touched = observer.takeRecords().flatMap(({ addedNodes, removedNodes }) => [...addedNodes, ...removedNodes]);
  expect(touched.length).toBeGreaterThan(0);
  expect(touched.filter((one) => stay.includes(one as HTMLElement))).toEqual([]);
});

it("leaves rows alone for which there is nothing new, and takes away those that are out of sight", () => {
  draw(0, [show(0, rich), show(1, poor)]);
  const seen = watch();
  draw(0, [show(0, rich), show(1, poor), null]);
  expect(seen()).toEqual([]);
  draw(0, [null]);
  expect(parent.children).toHaveLength(1);
  expect(texts(0)[1]).toBe("run a3");
});

it("writes what is different alone", () => {
  draw(0, [show(0, rich)]);
  const seen = watch();
  draw(0, [show(0, { ...rich, values: [...rich.values].with(rows.slot("params.model"), "vit") }, { revision: 1 })]);
  expect(seen()).toEqual(["vit"]);
});

it("waits for values and runs that are not there yet", () => {
  draw(0, [show(0, undefined), show(1, makeRun("c", { "params.seed": "4" }))]);
  expect(parent.querySelectorAll("[data-row='0'] [data-do]:not([data-do=select])")).toHaveLength(0);
  expect(parent.querySelector<HTMLInputElement>("[data-row='0'] input")!.disabled).toBe(true);
  expect(cell(1, "metrics.loss")).toBeNull();
  expect(cell(1, "params.seed")!.textContent).toBe("4");
});

it("has cells for the columns in sight, in their order", () => {
  draw(0, [show(0, rich, { endColumn: 2 })]);
  draw(0, [show(0, rich, { firstColumn: 1, endColumn: 4 })]);
  expect(texts(0)).toEqual(["", "run a3", "0.5", "cnn", "1"]);
  const indexes = [...parent.querySelectorAll("[aria-colindex]")].map((one) => one.getAttribute("aria-colindex"));
  expect(indexes).toEqual(["4", "5", "6"]);
});

it("shows by its box what is selected, whatever is pressed", () => {
  draw(0, [show(0, rich)]);
  const box = parent.querySelector("input")!;
  box.click();
  expect(box.checked).toBe(false);
  draw(0, [show(0, rich, { isSelected: true })]);
  expect(box.checked).toBe(true);
});

/** Returns a function that says which texts were written since, and which attributes as `name=value`. */
function watch(): () => string[] {
  const observer = new MutationObserver(() => undefined);
  observer.observe(parent, { subtree: true, childList: true, characterData: true, attributes: true });
  return () =>
    observer.takeRecords().map(({ type, target, attributeName }) => (type === "attributes" ? `${attributeName}=${(target as Element).getAttribute(attributeName!)}` : (target.textContent ?? "")));
}

/** Returns the tags of a text of HTML, the attributes of each in their order by name. */
function sorted(html: string): string[] {
  return html.split(/(?=<)/).map((tag) => tag.split(/ (?=[a-z-]+=")/).toSorted().join(" ").replaceAll(/[<>]/g, ""));
}
