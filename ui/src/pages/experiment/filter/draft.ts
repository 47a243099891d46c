/** The filter that is being written, for other parts of the page that begin one. */

import { createStore } from "@/data/store";

/** A field with which a condition is to begin; the number makes each wish a new one. */
const wish = createStore<{ field: string; number: number } | null>(null);

export const filterDraft = {
  wish,
  /** Opens the editor with a condition that begins with a field. */
  begin(field: string): void {
    wish.set((before) => ({ field, number: (before?.number ?? 0) + 1 }));
  },
};
