import { expect, it } from "vitest";
import { layFolders, type Line } from "./folders";

const experiments = ["vision/sweep", "Default", "text/sentiment", "vision/deep/a10", "vision/deep/a9", "vision", "/odd", "a//b"].map(
  (name, number) => ({ experiment_id: String(number), name }),
);

function show(lines: Line[]): string[] {
  return lines.map((line) => "  ".repeat(line.depth) + line.label + (line.kind === "folder" ? `/ ${line.count}` : ""));
}

it("puts experiments into the folders that their names say", () => {
  expect(show(layFolders(experiments, new Set()))).toEqual([
    "text/ 1", "  sentiment", "vision/ 3", "  deep/ 2", "    a9", "    a10", "  sweep", "/odd", "a//b", "Default", "vision",
  ]);
});

it("leaves out what is closed", () => {
  const lines = layFolders(experiments, new Set(["vision/deep", "text"]));
  expect(show(lines).slice(0, 4)).toEqual(["text/ 1", "vision/ 3", "  deep/ 2", "  sweep"]);
});

it("finds by parts of names, without folders", () => {
  expect(show(layFolders(experiments, new Set(["vision"]), "SWEEP"))).toEqual(["vision/sweep"]);
  expect(layFolders(experiments, new Set(), "nothing of it")).toEqual([]);
});
