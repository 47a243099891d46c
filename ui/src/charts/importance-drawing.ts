/** Importance of params as a file: the same bars as on the screen. */

import { columnName } from "./chart-keys";
import { pageColors, round, shorten, svgDocument, text, TOP } from "./drawing";
import type { Importance } from "./importance";
import { signed } from "./ImportanceTable";

const ROW = 22;
const [SHARE_LEFT, SHARE_WIDTH, SIGN_LEFT, SIGN_WIDTH] = [220, 220, 520, 180];

/** Returns the bars as an SVG document. */
export function drawImportance(title: string, { params }: Importance): string {
  const colors = pageColors();
  const most = Math.max(...params.map(({ share }) => share ?? 0), 1e-9);
  const rows = params.map(({ param, share, correlation }, at) => {
    const top = TOP + (at + 1) * ROW;
    const bar = (left: number, width: number, fill: string): string => `<rect x="${round(left)}" y="${top}" width="${round(width)}" height="12" fill="${fill}"/>`;
    const middle = SIGN_LEFT + SIGN_WIDTH / 2;
    const reach = ((correlation ?? 0) * SIGN_WIDTH) / 2;
    return (
      text(SHARE_LEFT - 12, top + 10, shorten(columnName(param), 32), colors.quiet, "end") +
      bar(SHARE_LEFT, ((share ?? 0) / most) * SHARE_WIDTH, colors.accent) +
      text(SHARE_LEFT + SHARE_WIDTH + 12, top + 10, share === null ? "–" : share.toFixed(3), colors.text, "start") +
      bar(Math.min(middle, middle + reach), Math.abs(reach), reach < 0 ? colors.warn : colors.accent) +
      text(SIGN_LEFT + SIGN_WIDTH + 12, top + 10, signed(correlation), colors.text, "start")
    );
  });
  const heads = text(SHARE_LEFT, TOP + 10, "Importance", colors.quiet, "start") + text(SIGN_LEFT, TOP + 10, "Correlation", colors.quiet, "start");
  return svgDocument(title, TOP + (params.length + 1) * ROW + 16, heads + rows.join(""));
}

/** Returns the numbers as rows of a table. */
export function importanceRows({ params }: Importance): (string | number)[][] {
  return [
    ["param", "importance", "error_added", "spearman", "runs"],
    ...params.map(({ param, share, loss, correlation, runs }) => [columnName(param), share ?? "", loss, correlation ?? "", runs]),
  ];
}
