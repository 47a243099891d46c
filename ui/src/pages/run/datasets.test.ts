import { expect, it } from "vitest";
import { parseProfile, parseSchema, parseSource } from "./datasets";

it("reads the columns of tables", () => {
  const schema = JSON.stringify({ mlflow_colspec: [{ type: "long", name: "age", required: true }, { type: "string", name: "city" }] });
  expect(parseSchema(schema)).toEqual([
    { name: "age", type: "long" },
    { name: "city", type: "string" },
  ]);
});

it("reads the shapes of arrays", () => {
  const features = JSON.stringify([{ type: "tensor", "tensor-spec": { dtype: "float64", shape: [-1, 4] } }]);
  expect(parseSchema(JSON.stringify({ mlflow_tensorspec: { features, targets: null } }))).toEqual([{ name: "features", type: "float64 [-1,4]" }]);
});

it.each([undefined, "", "no json", "[1]", '{"other": 1}'])("knows no columns in %j", (text) => expect(parseSchema(text)).toBeNull());

it("says where the data lies, and how much it is", () => {
  expect(parseSource('{"uri": "s3://b/x.csv"}')).toBe("s3://b/x.csv");
  expect(parseSource("{}")).toBeUndefined();
  expect(parseProfile('{"num_rows": 12000, "note": "x"}')).toEqual([
    ["num rows", "12,000"],
    ["note", "x"],
  ]);
});
