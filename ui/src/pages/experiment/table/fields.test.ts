import { describe, expect, it } from "vitest";
import { fieldText, goodSide, orderText, parseField, parseOrder, splitKey } from "./fields";

describe("fields", () => {
  it.each(["metrics.loss", "metrics.`val loss`", "min(metrics.train/loss)", "params.lr", "number(params.lr)", "tags.mlflow.user", "status"])(
    "writes %s as it was read",
    (text) => expect(fieldText(parseField(text))).toBe(text),
  );
  it("knows other spellings", () => {
    expect(parseField('metric."a""b"')).toEqual({ kind: "metrics", key: 'a"b' });
    expect(parseField("LAST( parameter.x )")).toEqual({ kind: "params", key: "x" });
    expect(parseField("attributes.status")).toEqual({ kind: "attribute", key: "status" });
  });
  it("quotes keys that hold quotes", () => {
    const key = "a`b c";
    expect(parseField(fieldText({ kind: "tags", key }))).toEqual({ kind: "tags", key });
  });
});

it("reads and writes orders", () => {
  expect(parseOrder("max(metrics.`a desc`) desc")).toEqual({ field: "max(metrics.`a desc`)", descending: true });
  expect(orderText(parseOrder("metrics.loss"))).toBe("metrics.loss ASC");
});

it("splits keys at their last slash", () => {
  expect(splitKey("system/gpu/0")).toEqual(["system/gpu", "0"]);
  expect(splitKey("/loss")).toEqual(["", "/loss"]);
  expect(splitKey("loss/")).toEqual(["", "loss/"]);
});

it("tells by its name which side of a metric is good", () => {
  expect(["val/loss", "testAccuracy", "f1", "gloss", "temperature"].map(goodSide)).toEqual(["low", "high", "high", null, null]);
});
