/**
 * Which charts stand in which sections, in which order.
 *
 * Charts of metrics draw themselves in sections by the prefix of their names. What a person arranged, or code, is kept as
 * the difference from that (`charts` and `sections` of the state): so new metrics appear in their places, and what was put
 * somewhere stays there. Every change is made to the sections as they stand, and then the difference is written anew.
 */

import { drawsItself, parseChartKey } from "./chart-keys";
import type { ChartState, ListedSection } from "./state";

export interface ArrangedSection {
  name: string;
  /** Names of its charts, also of those that are hidden or that no run here has. */
  charts: string[];
  /** Whether it was made by hand: it is there also without charts. */
  isOwn: boolean;
}

/** A place in a section: beside a chart, or at its front. */
export interface Place {
  section: string;
  beside?: string;
  /** Whether it is behind the other instead of before it. */
  isBehind?: boolean;
}

/** What an arrangement is kept in. */
export type Arrangement = Pick<ChartState, "charts" | "sections">;

/** The section of charts that were added by hand; it stands on top unless it was put elsewhere. */
export const ADDED = "Added";

/** The section of metrics without a prefix. */
export const PLAIN = "Metrics";

/** The section of series of images. */
export const IMAGES = "Images";

/** So many charts of a section can be put in order by hand: each is a name in the URL. */
export const MOST_PLACED = 200;

const FIRST = [PLAIN, "train", "training", "val", "valid", "validation", "eval", "test", IMAGES];
const LAST = "system";
const METRIC = "metrics.";
const collate = new Intl.Collator("en", { numeric: true }).compare;

/** Returns the charts of metrics, and of series of images, in the sections in which they draw themselves, in order. */
export function sectionsOf(metrics: readonly string[], images: readonly string[] = []): ReadonlyMap<string, readonly string[]> {
  const sections = new Map<string, string[]>();
  const put = (chart: string): void => {
    const name = homeOf(chart);
    const charts = sections.get(name);
    if (charts) charts.push(chart);
    else sections.set(name, [chart]);
  };
  for (const metric of [...metrics].sort(compareNames)) put(METRIC + metric);
  for (const key of [...images].sort(compareNames)) put(`images.${key}`);
  return new Map([...sections].sort(([one], [other]) => compareSections(one, other)));
}

/** Returns all sections as they stand: those that draw themselves, with what was arranged. */
export function arrange(automatic: ReadonlyMap<string, readonly string[]>, { charts = [], sections = [] }: Arrangement): ArrangedSection[] {
  const placed = new Set<string>();
  const take = (names: readonly string[]): string[] =>
    names.filter((name) => {
      if (placed.has(name) || !parseChartKey(name)) return false;
      placed.add(name);
      return true;
    });
  const listed = new Map<string, { charts: string[]; isOwn: boolean }>();
  const list = ({ name, charts = [] }: ListedSection, isOwn: boolean): void => {
    const before = listed.get(name);
    if (before) before.charts.push(...take(charts));
    else listed.set(name, { charts: take(charts), isOwn });
  };
  const isAddedPut = sections.some(({ name }) => name === ADDED);
  if (charts.length && !isAddedPut) list({ name: ADDED, charts: [...charts] }, false);
  for (const section of sections) {
    if (section.name === ADDED) list({ name: ADDED, charts: [...charts, ...(section.charts ?? [])] }, false);
    else list(section, section.charts !== undefined && !automatic.has(section.name));
  }
  for (const name of automatic.keys()) if (!listed.has(name)) list({ name }, false);
  return [...listed].map(([name, { charts, isOwn }]) => ({
    name,
    isOwn,
    charts: [...charts, ...(automatic.get(name) ?? []).filter((chart) => !placed.has(chart))],
  }));
}

/** Returns an arrangement of which comes what stands: the shortest one. */
export function describe(arranged: readonly ArrangedSection[]): Arrangement {
  const added = arranged.find(({ name }) => name === ADDED)?.charts ?? [];
  const ordered = arranged.filter(({ name }, at) => name !== ADDED || at > 0);
  // Behind the last section that was changed or moved the others follow by themselves.
  let end = ordered.length;
  while (end > 0) {
    const section = ordered[end - 1]!;
    const next = ordered[end];
    if (section.name === ADDED || isChanged(section) || (next && compareSections(section.name, next.name) > 0)) break;
    end--;
  }
  const sections = ordered.slice(0, end).map((section): ListedSection => {
    const { name, charts } = section;
    return name !== ADDED && isChanged(section) ? { name, charts: charts.slice(0, countPlaced(section)) } : { name };
  });
  return { charts: added.length ? [...added] : undefined, sections: sections.length ? sections : undefined };
}

/** Returns the sections with a chart at another place; null if that is too far down its section. */
export function moveChart(arranged: readonly ArrangedSection[], chart: string, place: Place): ArrangedSection[] | null {
  if (chart === place.beside) return [...arranged];
  const before = arranged.find(({ name }) => name === place.section);
  const after = removeChart(addSection(arranged, place.section), chart);
  const section = after.find(({ name }) => name === place.section)!;
  const beside = place.beside === undefined ? -1 : section.charts.indexOf(place.beside);
  section.charts = section.charts.toSpliced(beside < 0 ? 0 : place.isBehind ? beside + 1 : beside, 0, chart);
  if (!section.isOwn && section.name !== ADDED && countPlaced(section) > Math.max(MOST_PLACED, before ? countPlaced(before) : 0)) return null;
  return after;
}

/** Returns the sections with a chart taken out: one that draws itself will stand in its own place again, another one is gone. */
export function removeChart(arranged: readonly ArrangedSection[], chart: string): ArrangedSection[] {
  return arranged.map((section) => ({ ...section, charts: section.charts.filter((one) => one !== chart) }));
}

/** Returns whether a chart stands where it was put, and not where it draws itself. */
export function isPlaced(arranged: readonly ArrangedSection[], chart: string): boolean {
  const section = arranged.find(({ charts }) => charts.includes(chart));
  return section !== undefined && (!isAtHome(chart, section.name) || section.charts.indexOf(chart) < countPlaced(section));
}

/** Returns the sections with one of them beside another. */
export function moveSection(arranged: readonly ArrangedSection[], name: string, beside: string, isBehind: boolean): ArrangedSection[] {
  const moved = arranged.filter((section) => section.name === name);
  const others = arranged.filter((section) => section.name !== name);
  const at = others.findIndex((section) => section.name === beside);
  return at < 0 ? [...arranged] : others.toSpliced(isBehind ? at + 1 : at, 0, ...moved);
}

/** Returns the sections with a new one on top, below the added charts; unchanged if there is one of this name. */
export function addSection(arranged: readonly ArrangedSection[], name: string): ArrangedSection[] {
  if (arranged.some((section) => section.name === name)) return [...arranged];
  const top = name !== ADDED && arranged[0]?.name === ADDED ? 1 : 0;
  return arranged.toSpliced(top, 0, { name, charts: [], isOwn: name !== ADDED });
}

/** Returns the sections with another name for one; its charts go to the section that has the name already. */
export function renameSection(arranged: readonly ArrangedSection[], name: string, next: string): ArrangedSection[] {
  const renamed = arranged.find((section) => section.name === name);
  if (!renamed || name === next) return [...arranged];
  if (!arranged.some((section) => section.name === next)) return arranged.map((section) => (section === renamed ? { ...section, name: next } : section));
  return arranged
    .filter((section) => section !== renamed)
    .map((section) => (section.name === next ? { ...section, charts: [...renamed.charts, ...section.charts] } : section));
}

/** Returns the sections without one that was made by hand; what draws itself stands in its own place again, plots go to the added ones. */
export function removeSection(arranged: readonly ArrangedSection[], name: string): ArrangedSection[] {
  const removed = arranged.find((section) => section.name === name);
  const plots = removed?.charts.filter((chart) => !drawsItself(chart)) ?? [];
  const others = arranged.filter((section) => section !== removed);
  const left = plots.length ? addSection(others, ADDED) : others;
  return left.map((section) => (section.name === ADDED ? { ...section, charts: [...section.charts, ...plots] } : section));
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

/** Returns how many charts of a section, from its front, are not where they draw themselves. */
function countPlaced({ name, charts, isOwn }: ArrangedSection): number {
  if (isOwn) return charts.length;
  let end = charts.length;
  while (end > 0 && isAtHome(charts[end - 1]!, name) && (end === charts.length || compareNames(charts[end - 1]!, charts[end]!) < 0)) end--;
  return end;
}

function isChanged(section: ArrangedSection): boolean {
  return section.isOwn || countPlaced(section) > 0;
}

function isAtHome(chart: string, section: string): boolean {
  return drawsItself(chart) && homeOf(chart) === section;
}

/** Returns the section in which a chart draws itself. */
function homeOf(chart: string): string {
  return chart.startsWith(METRIC) ? sectionOf(chart.slice(METRIC.length)) : IMAGES;
}

/** As people order names: `layer2` before `layer10`; of names that are equal so, one is always first. */
function compareNames(one: string, other: string): number {
  return collate(one, other) || (one < other ? -1 : one > other ? 1 : 0);
}

function compareSections(one: string, other: string): number {
  const place = (name: string): number => (name === LAST ? FIRST.length + 1 : FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return place(one) - place(other) || compareNames(one, other);
}
