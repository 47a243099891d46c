/** How the charts of a page are drawn and where they stand: the part of its URL that is theirs. */

import { limitHeight, readSize, sizeText } from "./sizes";

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
  /** Sections in the order in which they were put; the others follow. See `arrangement.ts`. */
  sections?: ListedSection[];
  /** Charts that are not shown. */
  hiddenCharts?: string[];
  /** Sizes of charts that are not as the others are; see `sizes.ts`. */
  chartSizes?: Record<string, string>;
  /** How many charts stand side by side where there is room for them: 1 to 8; as many as fit if not given. */
  chartColumns?: number;
  /** Pixels of the rows' height, 120 to 800; by the width of the charts if not given. */
  chartHeight?: number;
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

export interface ListedSection {
  name: string;
  /** Charts that stand in it first, in this order; a section made by hand has no others. */
  charts?: string[];
}

/** Changes the state; a field that is undefined returns to its default. */
export type ChangeCharts = (changes: Partial<ChartState>, replaces?: boolean) => void;

const X_AXES: readonly XAxis[] = ["step", "time", "relative"];
const SPREADS: readonly Spread[] = ["range", "deviation"];
export const MOST_COLUMNS = 8;

/** Returns what the search part of a URL says of charts; what is wrong in it is left out. */
export function parseChartState(raw: Record<string, unknown>): ChartState {
  const state: ChartState = {};
  for (const name of ["charts", "toggled", "hiddenCharts"] as const) if (Array.isArray(raw[name])) state[name] = texts(raw[name]);
  const sections = Array.isArray(raw.sections) ? raw.sections.flatMap(readSection) : [];
  if (sections.length) state.sections = sections;
  const { chartSizes: sizes } = raw;
  if (typeof sizes === "object" && sizes !== null && !Array.isArray(sizes)) {
    state.chartSizes = Object.fromEntries(
      Object.entries(sizes).flatMap(([chart, size]) => {
        const text = sizeText(chart, readSize(chart, size));
        return text ? [[chart, text]] : [];
      }),
    );
  }
  if (typeof raw.chartColumns === "number" && raw.chartColumns >= 1) state.chartColumns = Math.min(MOST_COLUMNS, Math.round(raw.chartColumns));
  if (typeof raw.chartHeight === "number") state.chartHeight = limitHeight(raw.chartHeight);
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

function readSection(raw: unknown): ListedSection[] {
  if (typeof raw !== "object" || raw === null) return [];
  const { name, charts } = raw as Record<string, unknown>;
  if (typeof name !== "string" || !name) return [];
  return [Array.isArray(charts) ? { name, charts: texts(charts) } : { name }];
}

function texts(values: readonly unknown[]): string[] {
  return values.filter((value): value is string => typeof value === "string");
}
