/** The cell of a value in its column. */

import type { Column } from "./columns";
import { isLive, type Shape, valueOf, writeAttribute } from "./cells";
import { CURVE_HEIGHT, CURVE_WIDTH, curveOf } from "./curves";
import { draw, drawPath, drawSvg } from "./drawn";
import type { RowState } from "./row";
import type { Cell } from "./window";
import classes from "./RunsTable.module.css";

/** What a curve and the gaps around it need of a cell's width, and what a digit needs beside it, in pixels. */
const BESIDE_TEXT = 66;
const OF_DIGIT = 7.4;

export class DataCell {
  readonly root = draw("div", { role: "gridcell", class: classes.cell! });
  private readonly text = draw("span");
  private curve: SVGSVGElement | null = null;
  private path = "";

  constructor() {
    this.root.element.append(this.text.element);
  }

  /**
   * Shows what the row's run has in a column.
   *
   * @param number The number of the column among all that are shown.
   * @param left Pixels from the edge of the row.
   */
  draw({ context, run, cursor, now }: RowState, column: Column, number: number, left: number): void {
    const { root } = this;
    root.style("left", `${left}px`);
    root.style("width", `${column.width}px`);
    root.set("aria-colindex", number + 2);
    root.set("data-cursor", cursor === number);
    const value = run && valueOf(column, run, context.rows.slot(column.id));
    const hasCome = run !== undefined && value !== undefined;
    root.set("data-do", hasCome && "menu");
    root.set("data-column", hasCome && column.id);
    this.text.set("class", !hasCome && classes.coming);
    if (!hasCome) {
      root.set("data-number", undefined);
      root.set("data-best", undefined);
      this.text.write("");
      this.drawCurve("", false);
      return;
    }
    const { kind, key } = column.field;
    const shape = context.shapes.get(column.id);
    const text = kind === "attribute" ? writeAttribute(key, run, value, now) : write(shape, value);
    const isRoomy = column.width >= BESIDE_TEXT + OF_DIGIT * text.length;
    root.set("data-number", shape?.isNumeric || kind === "attribute");
    root.set("data-best", value !== null && context.best.get(column.id) === value);
    this.text.write(text);
    this.drawCurve(kind === "metrics" && isRoomy && value !== null ? curveOf(run.id, key) : "", isLive(run));
  }

  private drawCurve(path: string, isLive: boolean): void {
    if (!path) return this.curve?.remove();
    this.curve ??= drawSvg({ class: classes.curve!, width: CURVE_WIDTH, height: CURVE_HEIGHT });
    this.curve.toggleAttribute("data-live", isLive);
    if (this.path !== path) this.curve.replaceChildren(drawPath(path));
    if (!this.curve.parentNode) this.root.element.prepend(this.curve);
    this.path = path;
  }
}

function write(shape: Shape | undefined, value: Cell): string {
  return shape ? shape.format(value) : String(value ?? "");
}
