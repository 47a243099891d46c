/**
 * The state of an experiment's page, all of it in the URL: what a person sees, a colleague sees by the link.
 *
 * A field that is not there has its default; what is wrong in a URL is left out, never an error.
 */

import { type ChartState, parseChartState } from "@/charts/state";
import type { Layout } from "@/components/Layouts";

export interface ExperimentSearch extends ChartState {
  /** Filter in the search language. */
  filter?: string;
  /** Order, in the search language: `min(metrics.loss) ASC`. */
  order?: string[];
  /** Columns in their order, each a field of the search language: `metrics.loss`, `params.lr`. */
  columns?: string[];
  /** Columns that stay at the left while the others scroll. */
  pinned?: string[];
  /** Widths of columns that were changed, in pixels. */
  widths?: Record<string, number>;
  /** Whether deleted runs are shown instead of active ones. */
  deleted?: boolean;
  /** Whether nested runs stand in one row after the other instead of in a tree. */
  flat?: boolean;
  /** Ids of the runs whose children are shown. */
  open?: string[];
  /** Ids of the selected runs: the charts show these, or the first of the table if there are none. */
  selected?: string[];
  /** Ids of runs that the charts leave out. */
  hidden?: string[];
  /** Fields whose values make groups: `params.optimizer`. */
  group?: string[];
  layout?: Layout;
  /** Share of the width that the table has in the split layout, 0.15 to 0.85. */
  split?: number;
}

/** What the URL says: the state, or what is different from that of a view. */
export interface ExperimentUrl extends ExperimentSearch {
  /** Id of the open view; `PLAIN` for none, also where the experiment has a default. */
  view?: string;
  /** Fields of the view's state that the page has not. */
  without?: string[];
}

/** In the place of a view's id: the page as it is without views. */
export const PLAIN = "none";

const LAYOUTS: readonly Layout[] = ["split", "table", "charts"];

/** Returns the state that the search part of a URL describes. */
export function parseExperimentSearch(raw: Record<string, unknown>): ExperimentSearch {
  const state: ExperimentSearch = parseChartState(raw);
  for (const name of ["order", "columns", "pinned", "open", "selected", "hidden", "group"] as const) {
    const value = raw[name];
    if (Array.isArray(value)) state[name] = value.filter((item): item is string => typeof item === "string");
  }
  const { filter } = raw;
  if (filter !== undefined && filter !== null && filter !== "") state.filter = String(filter);
  for (const name of ["deleted", "flat"] as const) if (raw[name] === true) state[name] = true;
  if (LAYOUTS.includes(raw.layout as Layout)) state.layout = raw.layout as Layout;
  if (typeof raw.split === "number") state.split = Math.min(0.85, Math.max(0.15, raw.split));
  if (typeof raw.widths === "object" && raw.widths !== null && !Array.isArray(raw.widths)) {
    state.widths = Object.fromEntries(
      Object.entries(raw.widths).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
    );
  }
  return state;
}

/** Returns what the search part of a URL says. */
export function parseExperimentUrl(raw: Record<string, unknown>): ExperimentUrl {
  const url: ExperimentUrl = parseExperimentSearch(raw);
  if (typeof raw.view !== "string" || raw.view === "") return url;
  url.view = raw.view;
  if (Array.isArray(raw.without)) url.without = raw.without.filter((name): name is string => typeof name === "string");
  return url;
}
