/** How wide a column must be for what stands in it. */

import { type Shape, valueOf, writeAttribute } from "./cells";
import type { Column } from "./columns";
import { LEAST_WIDTH } from "./columns";
import { CURVE_WIDTH } from "./curves";
import type { RunRows } from "./rows";

const LOOKED_AT = 300;
const MOST_WIDTH = 480;
const PADDING = 22;
const OF_HEAD = 46;
const OF_NAME = 84;

/** Returns the width of a column that fits its head and the values that are there, in pixels. */
export function fittingWidth(column: Column, rows: RunRows, shape: Shape | undefined): number {
  const context = document.createElement("canvas").getContext("2d")!;
  context.font = `13px ${getComputedStyle(document.body).fontFamily}`;
  const measure = (text: string): number => context.measureText(text).width;
  const slot = rows.slot(column.id);
  const now = Date.now();
  const texts = rows.some(LOOKED_AT).map((run) => {
    const value = valueOf(column, run, slot) ?? null;
    return column.field.kind === "attribute" ? writeAttribute(column.field.key, run, value, now) : (shape?.format(value) ?? "");
  });
  const more = column.id === "run_name" ? OF_NAME : column.field.kind === "metrics" ? CURVE_WIDTH + 8 : 0;
  const width = Math.max(measure(column.label) + OF_HEAD, ...texts.map((text) => measure(text) + PADDING + more));
  return Math.round(Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, width)));
}
