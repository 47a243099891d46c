// @vitest-environment jsdom
import { expect, it } from "vitest";
import { LineLog } from "./output";

it("makes lines of chunks, each stream for itself", () => {
  const log = new LineLog();
  log.add({ session: "s", stream: "stdout", text: "one\ntw" });
  log.add({ session: "s", stream: "stderr", text: "bad\n" });
  log.add({ session: "s", stream: "stdout", text: "o\nthree" });
  expect(log.lines()).toEqual([
    { text: "one", stream: "stdout" },
    { text: "bad", stream: "stderr" },
    { text: "two", stream: "stdout" },
    { text: "three", stream: "stdout" },
  ]);
});

it("overwrites lines as a terminal does, and leaves its colours out", () => {
  const log = new LineLog();
  log.add({ session: "s", stream: "stderr", text: "10%\r50%\r100%\r\n\u001b[31mred\u001b[0m\n" });
  expect(log.lines().map(({ text }) => text)).toEqual(["100%", "red"]);
});
