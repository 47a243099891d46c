import { expect, it } from "vitest";
import { highlightLines } from "./highlight";

it("closes and opens what goes over several lines", () => {
  const [first, second] = highlightLines('"""a\nb"""\n', "py");
  expect(first).toBe('<span class="hljs-string">&quot;&quot;&quot;a</span>');
  expect(second).toBe('<span class="hljs-string">b&quot;&quot;&quot;</span>');
});

it("escapes everything, known language or not", () => {
  for (const language of ["py", "unknown"]) {
    expect(highlightLines("<img src=x onerror=alert(1)>", language).join("")).not.toContain("<img");
  }
});
