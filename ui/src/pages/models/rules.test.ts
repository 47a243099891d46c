import { expect, it } from "vitest";
import { describeCondition, parseGate } from "./rules";

it.each([
  ["accuracy >= 0.9", "accuracy >= 0.9"],
  [" val/loss<1e-3 ", "val/loss < 0.001"],
  ["loss <= current + 0.01", "loss <= current + 0.01"],
  ["acc > current-0.5", "acc > current − 0.5"],
  ["acc >= current", "acc >= current"],
])("reads %j and writes it as %j", (text, written) => expect(describeCondition(parseGate(text)!)).toBe(written));

it.each(["accuracy", "accuracy = 1", ">= 3", "acc >= high", "acc >= current +", "acc >= 1.2.3"])("takes %j for no gate", (text) =>
  expect(parseGate(text)).toBeNull(),
);

it("says what the other rules ask for", () => {
  expect([
    describeCondition({ kind: "protected" }),
    describeCondition({ kind: "tag", key: "validated", value: "yes" }),
    describeCondition({ kind: "tag", key: "validated", value: null }),
    describeCondition({ kind: "content" }),
  ]).toEqual(["moves must be forced", "tag validated is yes", "tag validated is set", "files are verified"]);
});
