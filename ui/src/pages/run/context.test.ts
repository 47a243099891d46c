// @vitest-environment jsdom
import { expect, it } from "vitest";
import { readContext } from "./context";

it("takes the latest session, and leaves out what is no JSON", () => {
  const sessions = [
    { session: "a", started_at: 1, parts: [{ name: "git", content: '{"commit":"old"}' }] },
    { session: "b", started_at: 2, parts: [{ name: "git", content: '{"commit":"new"}' }, { name: "diff", content: "+x" }] },
  ];
  expect(readContext(sessions as never)).toEqual({ git: { commit: "new" }, sessions: 2 });
});
