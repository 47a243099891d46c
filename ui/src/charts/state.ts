/** How the charts of a page are drawn: the part of its URL that is theirs. */

export type XAxis = "step" | "time" | "relative";
export type Spread = "range" | "deviation";

export interface ChartState {
  x?: XAxis;
  /** Weight of the past in smoothed curves, 0 to 0.99. */
  smooth?: number;
  logX?: boolean;
  logY?: boolean;
  /** Whether the highest and lowest percent of the values are left out of the axes. */
  cut?: boolean;
  /** What the band around the mean of a group shows; the lowest to the highest if not given. */
  spread?: Spread;
  /** Whether the runs of groups are drawn too, faintly. */
  raw?: boolean;
  /** The part of the x axis that is zoomed to, in units of the axis. */
  zoom?: [number, number];
  /** Charts added by hand, above those that draw themselves; see `chart-keys.ts`. */
  charts?: string[];
  /** Key of the chart that fills the panel. */
  focus?: string;
  /** Words that the names of the shown charts have. */
  find?: string;
  /** Sections that are not as they are at first: `system` is folded, the others are open. */
  toggled?: string[];
  /** The step that grids of images show; the last one if not given. */
  imageStep?: number;
  /** Id of the run whose images are shown at all steps, instead of all runs at one. */
  imageRun?: string;
  /** How many runs are shown if none is selected, up to 1,000. */
  most?: number;
}

/** Changes the state; a field that is undefined returns to its default. */
export type ChangeCharts = (changes: Partial<ChartState>, replaces?: boolean) => void;

const X_AXES: readonly XAxis[] = ["step", "time", "relative"];
const SPREADS: readonly Spread[] = ["range", "deviation"];

/** Returns what the search part of a URL says of charts; what is wrong in it is left out. */
export function parseChartState(raw: Record<string, unknown>): ChartState {
  const state: ChartState = {};
  for (const name of ["charts", "toggled"] as const) {
    const value = raw[name];
    if (Array.isArray(value)) state[name] = value.filter((item): item is string => typeof item === "string");
  }
  for (const name of ["focus", "find", "imageRun"] as const) {
    const value = raw[name];
    if (value !== undefined && value !== null && value !== "") state[name] = String(value);
  }
  for (const name of ["logX", "logY", "cut", "raw"] as const) if (raw[name] === true) state[name] = true;
  if (X_AXES.includes(raw.x as XAxis)) state.x = raw.x as XAxis;
  if (SPREADS.includes(raw.spread as Spread)) state.spread = raw.spread as Spread;
  if (typeof raw.smooth === "number") state.smooth = Math.min(0.99, Math.max(0, raw.smooth));
  if (Number.isSafeInteger(raw.imageStep)) state.imageStep = raw.imageStep as number;
  if (typeof raw.most === "number" && raw.most >= 1) state.most = Math.min(1000, Math.round(raw.most));
  if (Array.isArray(raw.zoom) && raw.zoom.length === 2 && raw.zoom.every(Number.isFinite)) {
    const [from, to] = raw.zoom as [number, number];
    if (from < to) state.zoom = [from, to];
  }
  return state;
}
