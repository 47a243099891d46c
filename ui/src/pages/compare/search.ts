/** The state of the page that compares runs, all of it in the URL. */

import { type ChartState, parseChartState } from "@/charts/state";
import type { Layout } from "@/components/Layouts";

export interface CompareSearch extends ChartState {
  /** Ids of the runs, of whatever experiments; the others are compared with the first one. */
  runs: string[];
  /** Whether what is the same in all runs is shown too. */
  all?: boolean;
  /** Words that the names of the shown rows have. */
  rows?: string;
  /** Kinds of facts that are folded. */
  folded?: string[];
  layout?: Layout;
  /** Share of the width that the table has, 0.15 to 0.85. */
  split?: number;
  /** Columns whose values make groups. */
  group?: string[];
}

/** Returns the state that the search part of a URL describes; what is wrong in it is left out. */
export function parseCompareSearch(raw: Record<string, unknown>): CompareSearch {
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : []);
  const state: CompareSearch = { ...parseChartState(raw), runs: [...new Set(texts(raw.runs))] };
  if (raw.all === true) state.all = true;
  if (raw.rows !== undefined && raw.rows !== null && raw.rows !== "") state.rows = String(raw.rows);
  for (const name of ["folded", "group"] as const) if (Array.isArray(raw[name])) state[name] = texts(raw[name]);
  if (raw.layout === "table" || raw.layout === "charts") state.layout = raw.layout;
  if (typeof raw.split === "number") state.split = Math.min(0.85, Math.max(0.15, raw.split));
  return state;
}
