/** Where something that is dragged would stand if it were let go. */

import type { Place } from "./arrangement";
import { type Box, GAP, type Grid, PADDING, widthOf } from "./layout";

/** In pixels from the top left corner of the board. */
export interface Point {
  x: number;
  y: number;
}

/** The mark of a place: a line, in pixels of the board. */
export interface Mark extends Point {
  width: number;
  height: number;
}

const LINE = 2;

/** Returns where a chart would go from a point, and the mark of it; null where it stands already. */
export function placeForChart(boxes: readonly Box[], grid: Grid, chart: string, point: Point): { place: Place; mark: Mark } | null {
  const box = nearest(boxes, point);
  if (!box) return null;
  const { section } = box;
  if (box.kind !== "chart") return { place: { section }, mark: { x: box.x, y: box.y + box.height - LINE, width: box.width, height: LINE } };
  if (box.chart === chart) return null;
  const { isBehind, mark } = besideBox(box, grid, point);
  const other = boxes[boxes.indexOf(box) + (isBehind ? 1 : -1)];
  if (other?.kind === "chart" && other.chart === chart && other.section === section) return null;
  return { place: { section, beside: box.chart, isBehind }, mark };
}

/** Returns where a section would go from a point, and the mark of it; null where it stands already. */
export function placeForSection(boxes: readonly Box[], grid: Grid, name: string, point: Point): { beside: string; isBehind: boolean; mark: Mark } | null {
  const sections = sectionBoxes(boxes);
  const box = nearest(sections, point);
  if (!box || box.section === name) return null;
  const { isBehind, mark } = besideBox(box, grid, point);
  const other = sections[sections.indexOf(box) + (isBehind ? 1 : -1)];
  return other?.section === name ? null : { beside: box.section, isBehind, mark };
}

/** Before or behind a box: above or below one that has the whole width, left or right of another. */
function besideBox({ x, y, width, height }: Mark, grid: Grid, point: Point): { isBehind: boolean; mark: Mark } {
  if (width >= widthOf(grid, grid.columns) - 1) {
    const isBehind = point.y > y + height / 2;
    return { isBehind, mark: { x: PADDING, y: Math.max(0, (isBehind ? y + height + GAP / 2 : y - GAP / 2) - LINE / 2), width, height: LINE } };
  }
  const isBehind = point.x > x + width / 2;
  return { isBehind, mark: { x: (isBehind ? x + width + GAP / 2 : x - GAP / 2) - LINE / 2, y, width: LINE, height } };
}

/** Returns a box around what is in view of each section. */
function sectionBoxes(boxes: readonly Box[]): (Mark & { section: string })[] {
  const sections = new Map<string, Mark & { section: string }>();
  for (const { section, x, y, width, height } of boxes) {
    const before = sections.get(section);
    if (!before) {
      sections.set(section, { section, x, y, width, height });
      continue;
    }
    const right = Math.max(before.x + before.width, x + width);
    const bottom = Math.max(before.y + before.height, y + height);
    const left = Math.min(before.x, x);
    const top = Math.min(before.y, y);
    sections.set(section, { section, x: left, y: top, width: right - left, height: bottom - top });
  }
  return [...sections.values()];
}

/** Returns the box that is nearest: of those in the row of the point, or in the next one to it. */
function nearest<B extends Mark>(boxes: readonly B[], { x, y }: Point): B | undefined {
  let best: B | undefined;
  let least: Point = { x: Infinity, y: Infinity };
  for (const box of boxes) {
    const away = { x: Math.max(box.x - x, 0, x - box.x - box.width), y: Math.max(box.y - y, 0, y - box.y - box.height) };
    if (away.y < least.y || (away.y === least.y && away.x < least.x)) [best, least] = [box, away];
  }
  return best;
}
