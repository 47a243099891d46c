/** Makes charts wider or higher with the pointer: widths in whole columns, heights in steps; Escape takes it back. */

import type { Board } from "./board";
import { sizeCharts } from "./changes";
import classes from "./drag.module.css";
import { GAP, titleOf } from "./layout";
import { followPointer } from "./pointer";
import { type ChartSize, type ChartWidth, limitHeight, readSize, sizeText, usualSize } from "./sizes";

const STEP = 10;

/** Resizes a chart by the corner on which the pointer went down. */
export function resizeChart(board: Board, chart: string, start: PointerEvent): void {
  const { state, boxes, rows, grid } = board.now();
  const box = boxes.find((one) => one.kind === "chart" && one.chart === chart);
  const row = rows.find((one) => one.kind === "charts" && one.cells.some((cell) => cell.chart === chart));
  if (!box || row?.kind !== "charts") return;
  const before = readSize(chart, state.chartSizes?.[chart]);
  let size = before;
  // The others of the row have no say any more in how high it is.
  const others = Object.fromEntries(
    row.cells.filter((cell) => cell.chart !== chart).map((cell) => [cell.chart, { ...usualSize(cell.chart), width: readSize(cell.chart, state.chartSizes?.[cell.chart]).width }]),
  );
  const sized = () => sizeCharts(state, { ...(size.height === before.height ? {} : others), [chart]: size });
  const end = (isKept: boolean): void => {
    document.body.classList.remove(classes.resizing!);
    if (isKept && sizeText(chart, size) !== sizeText(chart, before)) board.change(sized(), `${titleOf(chart)} is ${sizeText(chart, size) ?? "of the usual size"} now`);
    else board.preview(null);
  };
  document.body.classList.add(classes.resizing!);
  followPointer(start, {
    move(event) {
      const span = Math.round((box.width + event.clientX - start.clientX + GAP) / (grid.width + GAP));
      const moved = event.clientY - start.clientY;
      const height = Math.abs(moved) < STEP ? before.height : limitHeight(Math.round((box.height + moved) / STEP) * STEP);
      const next: ChartSize = { width: widthBySpan(span, grid.columns, before.width), ...(height ? { height } : {}) };
      if (sizeText(chart, next) === sizeText(chart, size)) return;
      size = next;
      board.preview(sized());
    },
    end: (event) => end(event !== null),
  });
}

/** Returns the width that takes so many columns; where all of them do, the one that the chart had. */
function widthBySpan(span: number, columns: number, before: ChartWidth): ChartWidth {
  if (columns === 1) return before;
  if (span <= 1) return "small";
  return span >= columns ? (columns === 2 && before === "wide" ? "wide" : "full") : span === 2 ? "wide" : "full";
}
