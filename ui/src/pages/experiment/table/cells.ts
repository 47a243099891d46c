/** How values of runs are written in their columns. */

import { columnFormat } from "@/data/numbers";
import { formatAge, formatDuration, formatMoment } from "@/data/times";
import type { Column } from "./columns";
import type { RunRow } from "./level";
import type { Cell } from "./window";

/** What is known of the values of one column: whether all are numbers, and how these are written. */
export interface Shape {
  isNumeric: boolean;
  format: (value: Cell) => string;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const FIGURE_SPACE = "\u2007";
const POINT_SPACE = "\u2008";

/** Returns the shape of a column with these values. */
export function shapeOf(column: Column, values: readonly Cell[]): Shape {
  if (column.isNumber) {
    const write = columnFormat(values.filter((value) => typeof value === "number"));
    return { isNumeric: true, format: (value) => (value === null ? "" : write(value as number)) };
  }
  const texts = values.filter((value) => typeof value === "string");
  if (texts.length === 0 || !texts.every((text) => NUMBER.test(text))) return { isNumeric: false, format: (value) => String(value ?? "") };
  const hasExponents = texts.some((text) => /e/i.test(text));
  const decimals = hasExponents ? 0 : Math.max(...texts.map(decimalsOf));
  return { isNumeric: true, format: (value) => (value === null ? "" : padDecimals(String(value), decimals)) };
}

function decimalsOf(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

/** Returns a number as it was given, filled up with blanks so that its point stands below those of others. */
function padDecimals(text: string, decimals: number): string {
  const own = decimalsOf(text);
  const blanks = FIGURE_SPACE.repeat(Math.max(0, decimals - own));
  return text.includes(".") || decimals === 0 ? text + blanks : text + POINT_SPACE + blanks;
}

/** Returns the value that a run has in a column; undefined while it has not come. */
export function valueOf(column: Column, run: RunRow, slot: number): Cell | undefined {
  if (column.field.kind !== "attribute") return run.values[slot];
  switch (column.field.key) {
    case "start_time":
      return run.startTime;
    case "end_time":
      return run.endTime;
    case "user_id":
      return run.user;
    case "experiment_id":
      return run.experimentId;
    case "run_id":
      return run.id;
    case "run_name":
      return run.name;
    case "status":
      return run.status;
    default:
      return run.values[slot] ?? null;
  }
}

/** Returns the text of an attribute's cell. */
export function writeAttribute(key: string, run: RunRow, value: Cell, now: number): string {
  if (key === "start_time") return run.startTime === null ? "" : formatAge(run.startTime, now).replace(/ ago$/, "");
  if (key === "end_time") return run.endTime === null ? "" : formatMoment(run.endTime);
  if (key === "duration") {
    const end = run.endTime ?? (isLive(run) ? now : null);
    return run.startTime === null || end === null ? "" : shortenDuration(formatDuration(end - run.startTime));
  }
  return String(value ?? "");
}

/** Returns a span without its smaller unit where the larger one tells enough: 58 min instead of 58 min 55 s. */
function shortenDuration(text: string): string {
  return text.replace(/^(\d\d+ \S+) .*$/, "$1");
}

/** Whether a run may still log. */
export function isLive(run: { status: string; isLost: boolean }): boolean {
  return run.status === "RUNNING" && !run.isLost;
}
