/** Changes of what is shown of charts: each returns the fields of the state that are then different. */

import { drawsItself } from "./chart-keys";
import { type ChartSize, sizeText } from "./sizes";
import type { ChartState } from "./state";

type Changes = Partial<ChartState>;

const AUTOMATIC = ["sections", "hiddenCharts", "chartSizes", "chartColumns", "chartHeight", "toggled"] as const;

/** Returns whether anything was arranged by hand; plots that were added do not count. */
export function isArranged(state: ChartState): boolean {
  return AUTOMATIC.some((name) => state[name] !== undefined) || (state.charts ?? []).some(drawsItself);
}

/** Returns what leads back to charts that arrange themselves; plots that were added stay, on top. */
export function resetLayout({ charts = [], sections = [] }: ChartState): Changes {
  const plots = [...charts, ...sections.flatMap(({ charts = [] }) => charts)].filter((chart) => !drawsItself(chart));
  return { ...Object.fromEntries(AUTOMATIC.map((name) => [name, undefined])), charts: someOf([...new Set(plots)]) };
}

/** Returns what takes changes of the layout back: its fields as they are now. */
export function layoutOf(state: ChartState): Changes {
  return Object.fromEntries(["charts" as const, ...AUTOMATIC].map((name) => [name, state[name]]));
}

export function hideChart({ hiddenCharts = [] }: ChartState, chart: string): Changes {
  return { hiddenCharts: [...hiddenCharts.filter((one) => one !== chart), chart] };
}

export function showCharts({ hiddenCharts = [] }: ChartState, charts: readonly string[]): Changes {
  return { hiddenCharts: someOf(hiddenCharts.filter((one) => !charts.includes(one))) };
}

/** Gives charts sizes. */
export function sizeCharts({ chartSizes = {} }: ChartState, sizes: Readonly<Record<string, ChartSize>>): Changes {
  const after = { ...chartSizes };
  for (const [chart, size] of Object.entries(sizes)) {
    const text = sizeText(chart, size);
    if (text) after[chart] = text;
    else delete after[chart];
  }
  return { chartSizes: Object.keys(after).length ? after : undefined };
}

/** Folds a section, or unfolds it. */
export function toggleSection({ toggled = [] }: ChartState, name: string): Changes {
  return { toggled: someOf(toggled.includes(name) ? toggled.filter((one) => one !== name) : [...toggled, name]) };
}

/** Adds a chart on top, or moves it there, and shows it among the others. */
export function addChart({ charts = [], sections, hiddenCharts }: ChartState, chart: string): Changes {
  const others = (names: readonly string[]): string[] => names.filter((name) => name !== chart);
  return {
    charts: [chart, ...others(charts)],
    ...(sections ? { sections: sections.map((section) => (section.charts ? { ...section, charts: others(section.charts) } : section)) } : {}),
    ...(hiddenCharts ? { hiddenCharts: someOf(others(hiddenCharts)) } : {}),
    focus: undefined,
  };
}

/** Puts another chart in the place of one, with its size. */
export function replaceChart({ charts, sections, chartSizes = {}, focus }: ChartState, chart: string, next: string): Changes {
  const swap = (names: readonly string[]): string[] => names.map((name) => (name === chart ? next : name));
  const { [chart]: size, ...sizes } = chartSizes;
  return {
    ...(charts ? { charts: swap(charts) } : {}),
    ...(sections ? { sections: sections.map((section) => (section.charts ? { ...section, charts: swap(section.charts) } : section)) } : {}),
    ...(size ? { chartSizes: { ...sizes, [next]: size } } : {}),
    ...(focus === chart ? { focus: next } : {}),
  };
}

/** Takes a chart that was added out of wherever it stands. */
export function dropChart({ charts, sections, chartSizes = {}, focus }: ChartState, chart: string): Changes {
  const others = (names: readonly string[]): string[] => names.filter((name) => name !== chart);
  const { [chart]: size, ...sizes } = chartSizes;
  return {
    ...(charts ? { charts: someOf(others(charts)) } : {}),
    ...(sections ? { sections: sections.map((section) => (section.charts ? { ...section, charts: others(section.charts) } : section)) } : {}),
    ...(size ? { chartSizes: Object.keys(sizes).length ? sizes : undefined } : {}),
    ...(focus === chart ? { focus: undefined } : {}),
  };
}

function someOf<T>(items: T[]): T[] | undefined {
  return items.length ? items : undefined;
}
