import { expect, it } from "vitest";
import { joinConditions, writeValue } from "./conditions";

it("joins what is given, and keeps alternatives together", () => {
  expect(joinConditions("", undefined, "status = 'FAILED'")).toBe("status = 'FAILED'");
  expect(joinConditions("metrics.a < 1 OR metrics.b < 1", "status = 'FAILED'")).toBe(
    "(metrics.a < 1 OR metrics.b < 1) AND status = 'FAILED'",
  );
});

it("writes values as the language quotes them", () => expect([writeValue("it's"), writeValue(0.5)]).toEqual(["'it''s'", "0.5"]));
