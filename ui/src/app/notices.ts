/** Short words about what was done, at the foot of the page, with a way back where there is one. */

import { CallError } from "@/api/client";
import { createStore } from "@/data/store";

export interface Notice {
  id: number;
  text: string;
  tone: "done" | "failed";
  /** What takes it back, or goes on: its label, and what it does. */
  action?: { label: string; run: () => void };
}

export const notices = createStore<readonly Notice[]>([]);

const SHOWN_FOR = 8_000;
let last = 0;

/** Shows a notice; one that says that something failed stays until it is dismissed. */
export function notify(text: string, { tone = "done", action }: Partial<Omit<Notice, "id" | "text">> = {}): void {
  const id = ++last;
  notices.set((before) => [...before.slice(-3), { id, text, tone, ...(action ? { action } : {}) }]);
  if (tone === "done") setTimeout(() => dismiss(id), SHOWN_FOR);
}

/** Shows why something could not be done. */
export function notifyFailure(error: unknown): void {
  notify(error instanceof CallError || error instanceof Error ? error.message : String(error), { tone: "failed" });
}

export function dismiss(id: number): void {
  notices.set((before) => before.filter((notice) => notice.id !== id));
}
