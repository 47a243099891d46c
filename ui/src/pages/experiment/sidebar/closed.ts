/** Which folders of the sidebar are closed: a habit of this browser, not a part of any link. */

import { createStore } from "@/data/store";

const KEY = "headrace.closed-folders";

export const closedFolders = createStore<ReadonlySet<string>>(new Set(read()));

export function toggleFolder(path: string): void {
  closedFolders.set((before) => {
    const next = new Set(before);
    if (!next.delete(path)) next.add(path);
    localStorage.setItem(KEY, JSON.stringify([...next]));
    return next;
  });
}

function read(): string[] {
  try {
    const paths: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(paths) ? paths.filter((path) => typeof path === "string") : [];
  } catch {
    return []; // somebody else's text stands there, or the browser keeps nothing
  }
}
