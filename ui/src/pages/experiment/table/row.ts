/** One run of the table. Clicks are taken by the table, which finds out by `data-do` what was meant. */

import { hoveredRun } from "@/data/focus";
import { IS_TOUCHED } from "@/data/window";
import type { Shape } from "./cells";
import { type Column, type Layout, NAME } from "./columns";
import { DataCell } from "./data-cell";
import { arrange, draw } from "./drawn";
import type { RunRow } from "./level";
import { NameCell } from "./name-cell";
import type { RunRows } from "./rows";
import classes from "./RunsTable.module.css";

export const ROW_HEIGHT = IS_TOUCHED ? 40 : 32;
/** Width of what stands before the name: the check box. */
export const LEAD_WIDTH = IS_TOUCHED ? 40 : 36;

/** What all rows share; another one makes all of them be drawn. */
export interface RowContext {
  rows: RunRows;
  layout: Layout;
  shapes: ReadonlyMap<string, Shape>;
  /** The best value of each metric whose good side is known. */
  best: ReadonlyMap<string, number>;
  scheme: "light" | "dark";
  isTree: boolean;
}

export interface RowState {
  context: RowContext;
  row: number;
  run: RunRow | undefined;
  /** Counts the changes of the run, and of the curves in its cells. */
  revision: number;
  depth: number;
  firstColumn: number;
  endColumn: number;
  isSelected: boolean;
  isHidden: boolean;
  isOpen: boolean;
  /** Number of the cell with the cursor, -1 for the row without a cell; null if the cursor is elsewhere. */
  cursor: number | null;
  now: number;
}

export class Row {
  readonly root = draw("div", { role: "row", class: classes.row! });
  private readonly pinned = draw("div", { class: classes.pinned! });
  private readonly lead = draw("div", { role: "gridcell", class: classes.lead!, "data-do": "select" });
  private readonly box = draw("input", { type: "checkbox", tabindex: "-1" });
  private readonly name = new NameCell();
  /** By the ids of their columns. */
  private cells = new Map<string, DataCell>();
  private state: RowState | null = null;

  constructor() {
    this.lead.element.append(this.box.element);
    this.root.element.append(this.pinned.element);
    // It shows what is selected: that changes only with the table's own state.
    this.box.element.addEventListener("click", () => (this.box.element.checked = this.state!.isSelected));
  }

  draw(state: RowState): void {
    if (this.state && isSame(this.state, state)) return;
    const { root, box } = this;
    const { context, row, run, depth, isSelected, isOpen, cursor } = state;
    root.set("id", `row-${row}`);
    root.style("top", `${row * ROW_HEIGHT}px`);
    root.set("aria-rowindex", row + 3);
    root.set("aria-level", depth + 1);
    root.say("aria-selected", isSelected);
    root.say("aria-expanded", run && run.children > 0 && context.isTree ? isOpen : undefined);
    root.set("data-row", row);
    root.set("data-cursor", cursor !== null);
    if (run?.id !== this.state?.run?.id) {
      root.set("data-run", run?.id);
      root.element.toggleAttribute("data-hovered", run !== undefined && run.id === hoveredRun.get());
    }
    box.set("aria-label", `Select ${run?.name ?? "run"}`);
    box.set("disabled", !run);
    box.element.checked = isSelected;
    this.drawCells(state);
    this.state = state;
  }

  private drawCells(state: RowState): void {
    const { context, firstColumn, endColumn } = state;
    const { pinned, scrolled } = context.layout;
    const left = LEAD_WIDTH + pinned.width;
    const before = this.cells;
    this.cells = new Map();
    // Where a column scrolls out another one scrolls in, whose texts are written into its cells.
    const wanted = new Set([...pinned.columns, ...scrolled.columns.slice(firstColumn, endColumn)].map(({ id }) => id));
    const free = [...before].flatMap(([id, cell]) => (wanted.has(id) ? [] : [cell]));
    for (const { root } of free) root.element.remove();
    const cellAt = (column: Column, number: number, offset: number): Element => {
      const cell = before.get(column.id) ?? free.pop() ?? new DataCell();
      this.cells.set(column.id, cell);
      cell.draw(state, column, number, offset + column.left);
      return cell.root.element;
    };
    this.pinned.style("width", `${left}px`);
    const fixed = pinned.columns.map((column, at) => {
      if (column.id !== NAME) return cellAt(column, at, LEAD_WIDTH);
      this.name.draw(state, column.width);
      return this.name.root.element;
    });
    arrange(this.pinned.element, [this.lead.element, ...fixed]);
    const others = scrolled.columns
      .slice(firstColumn, endColumn)
      .map((column, at) => cellAt(column, pinned.columns.length + firstColumn + at, left));
    arrange(this.root.element, [this.pinned.element, ...others]);
  }
}

function isSame(a: RowState, b: RowState): boolean {
  return (Object.keys(a) as (keyof RowState)[]).every((name) => a[name] === b[name]);
}
