import { expect, it } from "vitest";
import { overwrite, readAnsi } from "./ansi";

it("keeps colours and leaves out everything else", () => {
  expect(readAnsi("a\u001b[0;31mb\u001b[1mc\u001b[0md")).toEqual([
    { text: "a" },
    { text: "b", tint: "red" },
    { text: "c", tint: "red", isBold: true },
    { text: "d" },
  ]);
  expect(readAnsi("\u001b[38;5;208mx\u001b[38;2;1;31;3my\u001b[94mz\u001b[39m!")).toEqual([{ text: "x" }, { text: "y" }, { text: "z", tint: "blue" }, { text: "!" }]);
  expect(readAnsi("\u001b[2K\u001b[1A\u001b]8;;http://evil\u0007link\u001b]8;;\u0007\u001b(B.").map(({ text }) => text).join("")).toBe("link.");
  expect(readAnsi("<b>&")).toEqual([{ text: "<b>&" }]);
});

it("shows a progress bar as it ended", () => {
  expect(overwrite("a\r\nb")).toBe("a\nb");
  expect(overwrite("10%\r50%\r100%\nnext\r")).toBe("100%\nnext");
});
