/** Which charts stand where: sections by the prefix of the metric, in rows of so many charts. */

import { type ChartKey, chartTitle, parseChartKey } from "./chart-keys";

export interface Section {
  name: string;
  /** How many charts it has. */
  count: number;
  isOpen: boolean;
}

export type LayoutRow =
  /** The heads of sections, each above its charts: small sections share a row. */
  | { kind: "heads"; sections: readonly Section[] }
  | { kind: "charts"; charts: readonly ChartKey[] }
  /** A chart that takes the whole width. */
  | { kind: "wide"; chart: ChartKey };

/** The section of charts that were added by hand. */
export const ADDED = "Added";

/** The section of metrics without a prefix. */
export const PLAIN = "Metrics";

export const IMAGES = "Images";

const FIRST = [ADDED, PLAIN, "train", "training", "val", "valid", "validation", "eval", "test", IMAGES];
const LAST = "system";
const compare = new Intl.Collator("en", { numeric: true }).compare;

interface LayoutOptions {
  metrics: readonly string[];
  /** Names of series of images. */
  images?: readonly string[];
  /** Names of charts that were added by hand. */
  added: readonly string[];
  /** Words of which each has to be in a chart's name. */
  find: string;
  /** Sections that are not as they are at first. */
  toggled: readonly string[];
  columns: number;
}

/** Returns the rows of a panel of charts. */
export function layOut({ metrics, images = [], added, find, toggled, columns }: LayoutOptions): LayoutRow[] {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  const isFound = (name: string): boolean => words.every((word) => name.toLowerCase().includes(word));
  const sections = new Map<string, ChartKey[]>();
  const put = (section: string, key: ChartKey): void => {
    const charts = sections.get(section);
    if (charts) charts.push(key);
    else sections.set(section, [key]);
  };
  for (const name of added) {
    const key = parseChartKey(name);
    if (key && isFound(chartTitle(key))) put(ADDED, key);
  }
  for (const metric of [...metrics].sort(compare)) {
    if (isFound(metric)) put(sectionOf(metric), { kind: "metric", metric });
  }
  for (const key of [...images].sort(compare)) if (isFound(key)) put(IMAGES, { kind: "images", key });
  const rows: LayoutRow[] = [];
  let small: { sections: Section[]; charts: ChartKey[] } = { sections: [], charts: [] };
  const flush = (): void => {
    if (!small.sections.length) return;
    rows.push({ kind: "heads", sections: small.sections }, { kind: "charts", charts: small.charts });
    small = { sections: [], charts: [] };
  };
  for (const name of [...sections.keys()].sort(compareSections)) {
    const charts = sections.get(name)!;
    // Who looks for a chart wants to see what was found.
    const isOpen = words.length > 0 || (name === LAST) === toggled.includes(name);
    const section = { name, count: charts.length, isOpen };
    const hasWide = charts.some(isWide);
    if (!isOpen || hasWide || small.charts.length + charts.length > columns) flush();
    if (isOpen && !hasWide && charts.length <= columns) {
      small.sections.push(section);
      small.charts.push(...charts);
      continue;
    }
    rows.push({ kind: "heads", sections: [section] });
    if (!isOpen) continue;
    for (const chart of charts) if (isWide(chart)) rows.push({ kind: "wide", chart });
    const others = charts.filter((chart) => !isWide(chart));
    for (let start = 0; start < others.length; start += columns) rows.push({ kind: "charts", charts: others.slice(start, start + columns) });
  }
  flush();
  return rows;
}

function isWide({ kind }: ChartKey): boolean {
  return kind === "images";
}

/** Returns what stands before the first slash of a metric's name. */
export function sectionOf(metric: string): string {
  const slash = metric.indexOf("/");
  return slash > 0 ? metric.slice(0, slash) : PLAIN;
}

/** Returns a metric's name without its section. */
export function nameInSection(metric: string): string {
  const slash = metric.indexOf("/");
  return slash > 0 && slash < metric.length - 1 ? metric.slice(slash + 1) : metric;
}

function compareSections(one: string, other: string): number {
  const place = (name: string): number => (name === LAST ? FIRST.length + 1 : FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return place(one) - place(other) || compare(one, other);
}
