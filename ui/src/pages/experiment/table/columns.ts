/** Which columns the table has, how wide they are, and where they stand. */

import type { RunKeys, TextKey } from "@/api/types";
import { fieldLabel, fieldText, goodSide, parseField, splitKey, type Field } from "./fields";

export interface Column {
  /** Its field, as the search language writes it. */
  id: string;
  field: Field;
  label: string;
  /** The head that it stands below together with its neighbours; empty for attributes. */
  head: string;
  isNumber: boolean;
  width: number;
  /** Where it begins, in pixels from the left end of its part. */
  left: number;
}

export interface Head {
  label: string;
  left: number;
  width: number;
}

/** The columns of one part of the table: those that stay, or those that scroll. */
export interface Part {
  columns: Column[];
  heads: Head[];
  width: number;
}

export interface Layout {
  pinned: Part;
  scrolled: Part;
}

export const NAME = "run_name";
export const LEAST_WIDTH = 48;

const ATTRIBUTES = ["start_time", "duration"];
/** How wide names are if nobody has chosen a width, in pixels; in a narrow pane a share of it, but not less than this. */
const NAME_WIDTH = 196;
const LEAST_NAME = 112;
const SHARE_OF_NAME = 0.44;
/** From this width on, the width of a pane changes nothing about its columns. */
export const ROOMY = NAME_WIDTH / SHARE_OF_NAME;
const MOST_METRICS = 6;
const MOST_PARAMS = 6;

/**
 * Returns the columns of an experiment whose reader has chosen none.
 *
 * @param isNarrow Whether only a few are in sight at once: those by which runs are judged then come first.
 */
export function chooseColumns({ metrics, params, runs }: RunKeys, isNarrow = false): string[] {
  const most = Math.max(...metrics.map((metric) => metric.runs));
  const common = metrics.filter((metric) => metric.runs > most / 2 && !metric.key.startsWith("system/"));
  const ranked = common.sort((a, b) => weight(a.key) - weight(b.key) || compareKeys(a.key, b.key));
  const chosen = ranked.slice(0, MOST_METRICS);
  const different = params.filter((param) => !isConstant(param, runs)).slice(0, MOST_PARAMS);
  return [
    ...(isNarrow ? [] : ATTRIBUTES),
    ...chosen.map(({ key }) => fieldText({ kind: "metrics", key })),
    ...different.map(({ key }) => fieldText({ kind: "params", key })),
    ...(isNarrow ? ATTRIBUTES : []),
  ];
}

/** Returns how far back a metric stands: those by which runs are judged come first. */
function weight(key: string): number {
  const part = /(^|[/_.-])(val|valid|validation|eval|test)([/_.-]|$)/i.test(key) ? 0 : /(^|[/_.-])train(ing)?([/_.-]|$)/i.test(key) ? 2 : 1;
  return part + (goodSide(key) ? 0 : 4);
}

/** Returns the params that are the same in all runs; where there is one run, nothing is to be compared. */
export function findConstants({ params, runs }: RunKeys): TextKey[] {
  return params.filter((param) => isConstant(param, runs));
}

function isConstant(param: TextKey, runs: number): boolean {
  return param.value !== null && runs > 1 && param.runs >= runs;
}

/** Orders keys so that those with one prefix stand together, those without one first. */
export function compareKeys(a: string, b: string): number {
  const [prefixA, restA] = splitKey(a);
  const [prefixB, restB] = splitKey(b);
  return compareTexts(prefixA, prefixB) || compareTexts(restA, restB);
}

const PARTS = /\d+|\D+/g;

/** Orders texts as people do, 9 before 10 and b beside B; a collator takes longer to load than a table to be drawn. */
function compareTexts(a: string, b: string): number {
  const partsA = a.toLowerCase().match(PARTS) ?? [];
  const partsB = b.toLowerCase().match(PARTS) ?? [];
  for (const [at, one] of partsA.entries()) {
    const other = partsB[at];
    if (other === undefined) return 1;
    const difference = Number(one) - Number(other) || (one < other ? -1 : one > other ? 1 : 0);
    if (difference) return difference;
  }
  return partsA.length - partsB.length;
}

/**
 * Returns where columns stand.
 *
 * @param widths Widths that were chosen by hand.
 * @param room Width of the pane, of which names take a part only.
 */
export function layColumns(chosen: readonly string[], pinned: readonly string[], widths: Record<string, number>, room = Infinity): Layout {
  const stays = new Set([NAME, ...pinned]);
  const ofName = Math.min(NAME_WIDTH, Math.max(LEAST_NAME, SHARE_OF_NAME * room));
  return {
    pinned: layPart([...stays], { [NAME]: Math.round(ofName), ...widths }),
    scrolled: layPart(chosen.filter((id) => !stays.has(id)), widths),
  };
}

function layPart(ids: readonly string[], widths: Record<string, number>): Part {
  const columns: Column[] = [];
  const heads: Head[] = [];
  let left = 0;
  for (const id of ids) {
    const column = makeColumn(id, left, widths[id]);
    columns.push(column);
    const last = heads.at(-1);
    if (last && last.label === column.head) last.width += column.width;
    else heads.push({ label: column.head, left, width: column.width });
    left += column.width;
  }
  return { columns, heads, width: left };
}

const HEADS = { metrics: "Metrics", params: "Params", tags: "Tags", attribute: "" };

function makeColumn(id: string, left: number, width: number | undefined): Column {
  const field = parseField(id);
  const [prefix, rest] = field.kind === "attribute" ? ["", field.key] : splitKey(field.key);
  const label = fieldLabel({ ...field, key: rest });
  const head = HEADS[field.kind] + (prefix && ` · ${prefix}`);
  const isNumber = field.kind === "metrics" || field.of === "number";
  return { id, field, label, head, isNumber, left, width: Math.max(LEAST_WIDTH, width ?? firstWidth(field, label)) };
}

function firstWidth({ kind, key }: Field, label: string): number {
  const ofLabel = 34 + 7 * label.length;
  if (kind === "metrics") return Math.min(190, Math.max(106, ofLabel));
  if (kind !== "attribute") return Math.min(190, Math.max(88, ofLabel));
  return { start_time: 84, duration: 92, user_id: 96, run_id: 260, artifact_uri: 280, end_time: 140 }[key] ?? Math.max(96, ofLabel);
}

/** Returns the columns that lie between two places of a part, from the first number to below the second. */
export function columnsBetween({ columns }: Part, from: number, to: number): [number, number] {
  let first = 0;
  while (first < columns.length && columns[first]!.left + columns[first]!.width < from) first++;
  let end = first;
  while (end < columns.length && columns[end]!.left < to) end++;
  return [first, end];
}

/** Returns the columns with more of them, each behind the last one of its kind. */
export function addColumns(columns: readonly string[], added: readonly string[]): string[] {
  const all = [...columns];
  for (const id of added) {
    if (all.includes(id)) continue;
    const { kind } = parseField(id);
    const last = all.findLastIndex((one) => parseField(one).kind === kind);
    all.splice(last < 0 ? all.length : last + 1, 0, id);
  }
  return all;
}

/** Returns the columns with one of them moved to where another one stands. */
export function moveColumn(columns: readonly string[], moved: string, to: number): string[] {
  const rest = columns.filter((id) => id !== moved);
  const before = columns.slice(0, to).filter((id) => id !== moved).length;
  return [...rest.slice(0, before), moved, ...rest.slice(before)];
}
