/** The rows that are drawn, in the part of the table that holds them. */

import { arrange } from "./drawn";
import { Row, type RowState } from "./row";

export class Body {
  /** Which row of the table each one shows, in their order. */
  private drawn = new Map<number, Row>();

  /**
   * Draws the rows from one to another, and takes away all others.
   *
   * @param stateOf Returns what a row shows; null where what is there will do, if anything is.
   */
  draw(element: Element, first: number, last: number, stateOf: (row: number) => RowState | null): void {
    const before = this.drawn;
    // A row that scrolls out is the next one that scrolls in: other texts are cheaper than another row.
    const free = [...before].flatMap(([row, drawn]) => (row < first || row > last ? [drawn] : []));
    // Those that stay stand in their order then, and need not be moved for it.
    for (const { root } of free) root.element.remove();
    this.drawn = new Map();
    for (let row = first; row <= last; row++) {
      const state = stateOf(row);
      const drawn = before.get(row) ?? (state && (free.pop() ?? new Row()));
      if (!drawn) continue;
      if (state) drawn.draw(state);
      this.drawn.set(row, drawn);
    }
    arrange(element, [...this.drawn.values()].map(({ root }) => root.element));
  }
}
