import { expect, it } from "vitest";
import { parseYaml, summarize } from "./mlmodel";

const TEXT = `artifact_path: model
flavors:
  python_function:
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.sklearn
    python_version: 3.11.7
  sklearn:
    code: null
    sklearn_version: 1.7.2
mlflow_version: 3.17.0
model_size_bytes: 1234
run_id: abc
signature:
  inputs: '[{"type": "double", "name": "it''s", "required": true}, {"type": "string", "name":
    "b", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: null
utc_time_created: '2026-01-02 03:04:05.678'
`;

it("says what the file of a model says", () => {
  const model = summarize(TEXT)!;
  expect(model.flavors).toEqual([
    { name: "python_function", facts: [["loader_module", "mlflow.sklearn"], ["python_version", "3.11.7"]] },
    { name: "sklearn", facts: [["sklearn_version", "1.7.2"]] },
  ]);
  expect(model.signature).toEqual([
    { part: "inputs", columns: [{ name: "it's", type: "double" }, { name: "b", type: "string, optional" }] },
    { part: "outputs", columns: [{ name: "0", type: "int64 [-1]" }] },
  ]);
  expect(model).toMatchObject({ runId: "abc", size: 1234, created: "2026-01-02 03:04:05.678", writtenBy: "3.17.0", modelId: undefined });
});

it("takes other texts for no model", () => {
  expect(summarize("hello: world\n- a\n")).toBeNull();
  expect(parseYaml('a: "x\\"y"\n# c\n\nb: {}\n')).toEqual({ a: 'x"y', b: "{}" });
});
