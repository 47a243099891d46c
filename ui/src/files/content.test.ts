// @vitest-environment jsdom
import { expect, it } from "vitest";
import { isText, kindOf } from "./content";

it.each([
  ["a/b/MLmodel", "mlmodel"],
  ["plot.PNG", "image"],
  ["data.tsv", "csv"],
  ["weights.bin", "other"],
  ["noending", "other"],
  ["x/README", "text"],
])("shows %s as %s", (path, kind) => expect(kindOf(path)).toBe(kind));

it("knows texts from other bytes", () => {
  expect(isText(new TextEncoder().encode("größe\t1\n"))).toBe(true);
  expect(isText(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0]))).toBe(false);
  expect(isText(new Uint8Array([0xff, 0xfe, 0x41]))).toBe(false);
  expect(isText(new TextEncoder().encode("größe").subarray(0, 3))).toBe(true);
});
