import { expect, it } from "vitest";
import { type Output, readNotebook } from "./notebook";

function outputOf(output: object): Output | undefined {
  const text = JSON.stringify({ nbformat: 4, cells: [{ cell_type: "code", source: "", outputs: [output] }] });
  return readNotebook(text)!.cells[0]!.outputs[0];
}

it("reads cells of the fourth format", () => {
  const notebook = readNotebook(
    JSON.stringify({
      nbformat: 4,
      metadata: { language_info: { name: "R" } },
      cells: [
        { cell_type: "markdown", source: ["# Title\n", "text"] },
        { cell_type: "code", source: "1 + 1", execution_count: 3, outputs: [{ output_type: "execute_result", data: { "text/plain": ["2"] } }] },
        { cell_type: "code", source: [], execution_count: null, outputs: [] },
        { cell_type: "raw", source: "as it is" },
        "no cell",
      ],
    }),
  )!;
  expect(notebook.language).toBe("r");
  expect(notebook.cells).toEqual([
    { kind: "markdown", source: "# Title\ntext", outputs: [] },
    { kind: "code", source: "1 + 1", count: 3, outputs: [{ kind: "text", text: "2", isError: false }] },
    { kind: "code", source: "", outputs: [] },
    { kind: "raw", source: "as it is", outputs: [] },
  ]);
});

it("reads cells of the third format", () => {
  const notebook = readNotebook(
    JSON.stringify({
      nbformat: 3,
      worksheets: [
        {
          cells: [
            { cell_type: "heading", level: 2, source: "Part" },
            { cell_type: "code", input: "x", prompt_number: 1, outputs: [{ output_type: "pyout", text: ["1"] }, { output_type: "display_data", png: "iVBO\nRw0=" }] },
            { cell_type: "code", input: "y", outputs: [{ output_type: "pyerr", ename: "ValueError", evalue: "no", traceback: [] }] },
          ],
        },
      ],
    }),
  )!;
  expect(notebook.cells.map(({ source }) => source)).toEqual(["## Part", "x", "y"]);
  expect(notebook.cells[1]!.outputs).toEqual([
    { kind: "text", text: "1", isError: false },
    { kind: "image", source: "data:image/png;base64,iVBORw0=" },
  ]);
  expect(notebook.cells[2]!.outputs).toEqual([{ kind: "error", text: "ValueError: no" }]);
});

it("puts what was printed together", () => {
  const outputs = ["a\n", "b\n"].map((text) => ({ output_type: "stream", name: "stdout", text })).concat({ output_type: "stream", name: "stderr", text: "c" });
  const [cell] = readNotebook(JSON.stringify({ cells: [{ cell_type: "code", source: "", outputs }] }))!.cells;
  expect(cell!.outputs).toEqual([
    { kind: "text", text: "a\nb\n", isError: false },
    { kind: "text", text: "c", isError: true },
  ]);
});

it("takes the best of what an output offers", () => {
  expect(outputOf({ output_type: "display_data", data: { "text/plain": "t", "image/png": "AAAA" } })).toEqual({ kind: "image", source: "data:image/png;base64,AAAA" });
  expect(outputOf({ output_type: "display_data", data: { "text/plain": "t", "text/html": ["<b>", "h</b>"] } })).toEqual({ kind: "html", html: "<b>h</b>" });
  expect(outputOf({ output_type: "display_data", data: { "text/plain": "Figure()", "text/html": "<div></div><script>draw()</script>" } })).toMatchObject({ text: "Figure()" });
  expect(outputOf({ output_type: "display_data", data: { "image/svg+xml": "<svg onload='x()'/>" } })).toEqual({
    kind: "image",
    source: "data:image/svg+xml;charset=utf-8,%3Csvg%20onload%3D'x()'%2F%3E",
  });
  expect(outputOf({ output_type: "display_data", data: { "application/vnd.thing+json": {} } })).toEqual({ kind: "other", types: ["application/vnd.thing+json"] });
});

it("makes no address of what is no picture", () => {
  const data = { "image/png": '"><script>', "image/svg+xml": "javascript:alert(1)", "text/plain": "t" };
  expect(outputOf({ output_type: "display_data", data })).toEqual({ kind: "text", text: "t", isError: false });
});

it("tells what is no notebook", () => {
  expect(["", "{", "[]", "3", "{}", '{"cells": 3}', '{"worksheets": 3}'].map(readNotebook)).toEqual(Array(7).fill(null));
  expect(readNotebook('{"cells": []}')).toEqual({ language: "python", cells: [] });
});
