/**
 * The state of an experiment's page, all of it in the URL: what a person sees, a colleague sees by the link.
 *
 * A field that is not there has its default; what is wrong in a URL is left out, never an error.
 */

export type Layout = "split" | "table" | "charts";
export type XAxis = "step" | "time" | "relative";

export interface ExperimentSearch {
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
  x?: XAxis;
  /** Weight of the past in smoothed curves, 0 to 0.99. */
  smooth?: number;
  logX?: boolean;
  logY?: boolean;
  /** Whether the highest and lowest percent of the values are left out of the axes. */
  cut?: boolean;
  /** The part of the x axis that is zoomed to, in units of the axis. */
  zoom?: [number, number];
  /** Charts chosen by hand, as `metrics.loss` or `scatter:params.lr:metrics.loss`; unset: drawn from what was logged. */
  charts?: string[];
  /** Key of the chart that fills the panel. */
  focus?: string;
}

const LAYOUTS: readonly Layout[] = ["split", "table", "charts"];
const X_AXES: readonly XAxis[] = ["step", "time", "relative"];

/** Returns the state that the search part of a URL describes. */
export function parseExperimentSearch(raw: Record<string, unknown>): ExperimentSearch {
  const state: ExperimentSearch = {};
  for (const name of ["order", "columns", "pinned", "open", "selected", "hidden", "group", "charts"] as const) {
    const value = raw[name];
    if (Array.isArray(value)) state[name] = value.filter((item): item is string => typeof item === "string");
  }
  for (const name of ["filter", "focus"] as const) {
    const value = raw[name];
    if (value !== undefined && value !== null && value !== "") state[name] = String(value);
  }
  for (const name of ["deleted", "flat", "logX", "logY", "cut"] as const) if (raw[name] === true) state[name] = true;
  if (LAYOUTS.includes(raw.layout as Layout)) state.layout = raw.layout as Layout;
  if (X_AXES.includes(raw.x as XAxis)) state.x = raw.x as XAxis;
  if (typeof raw.split === "number") state.split = Math.min(0.85, Math.max(0.15, raw.split));
  if (typeof raw.smooth === "number") state.smooth = Math.min(0.99, Math.max(0, raw.smooth));
  if (Array.isArray(raw.zoom) && raw.zoom.length === 2 && raw.zoom.every(Number.isFinite)) {
    const [from, to] = raw.zoom as [number, number];
    if (from < to) state.zoom = [from, to];
  }
  if (typeof raw.widths === "object" && raw.widths !== null && !Array.isArray(raw.widths)) {
    state.widths = Object.fromEntries(
      Object.entries(raw.widths).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
    );
  }
  return state;
}
