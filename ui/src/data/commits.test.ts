import { expect, it } from "vitest";
import { commitUrl } from "./commits";

it.each([
  ["git@github.com:team/code.git", "https://github.com/team/code/commit/abc"],
  ["ssh://git@github.com/team/code", "https://github.com/team/code/commit/abc"],
  ["ssh://git@git.example.com:2222/team/code.git", "https://git.example.com/team/code/commit/abc"],
  ["https://someone:secret@github.com/team/code.git/", "https://github.com/team/code/commit/abc"],
  ["https://gitlab.example.com/a/b/c.git", "https://gitlab.example.com/a/b/c/-/commit/abc"],
  ["https://bitbucket.org/team/code.git", "https://bitbucket.org/team/code/commits/abc"],
  ["/srv/git/code", undefined],
  ["javascript:alert(1)//github.com/a/b", undefined],
  [undefined, undefined],
])("knows where %s shows a commit", (remote, url) => expect(commitUrl(remote, "abc")).toBe(url));

it("makes no address of what is no commit", () => expect(commitUrl("https://github.com/a/b", "../..")).toBeUndefined());
