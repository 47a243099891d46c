import { expect, it } from "vitest";
import { type Opened, parseLineageSearch, readOpened, requestsOf, withOpened, writeOpened } from "./search";

const side: Opened = { kind: "dataset", id: "my data/12", side: { relation: "used", downstream: true, count: 62 } };
const around: Opened = { kind: "model_version", id: "a b/1" };

it("reads what it writes, whatever the id has in it", () => {
  for (const opened of [side, around, { kind: "run", id: "line\nbreak" } as const]) expect(readOpened(writeOpened(opened))).toEqual(opened);
});

it("leaves out of a URL what it cannot read", () => {
  const texts = [writeOpened(side), "around nothing", "x used down run a", 5, "62 eaten up run a"];
  expect(parseLineageSearch({ opened: texts, as: "table" })).toEqual({ opened: [writeOpened(side)] });
  expect(parseLineageSearch({ opened: "around run a", as: "list" })).toEqual({ as: "list" });
});

it("opens more of the same in the place of less", () => {
  const more: Opened = { ...side, side: { ...side.side!, count: 112 } };
  expect(withOpened([writeOpened(side), writeOpened(around)], more)).toEqual([writeOpened(around), writeOpened(more)]);
  expect(withOpened([writeOpened(around)], around)).toEqual([writeOpened(around)]);
});

it("asks for more than a call gives in several", () => {
  const asked = requestsOf({ ...side, side: { ...side.side!, count: 2_050 } });
  expect(asked.map(({ skip, max_neighbors }) => [skip, max_neighbors])).toEqual([
    [0, 1_000],
    [1_000, 1_000],
    [2_000, 50],
  ]);
  expect(requestsOf(around)).toHaveLength(1);
});
