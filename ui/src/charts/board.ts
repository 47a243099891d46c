/** What a chart and the head of a section are arranged by: the board that they stand on. */

import { createContext } from "react";
import type { ArrangedSection } from "./arrangement";
import type { Box, Grid, LayoutRow } from "./layout";
import type { ChartState } from "./state";

/** How a board stands now. */
export interface Standing {
  state: ChartState;
  /** All sections, also those without anything to show. */
  sections: readonly ArrangedSection[];
  rows: readonly LayoutRow[];
  grid: Grid;
  /** What is in view, and a little around it. */
  boxes: readonly Box[];
  /** What scrolls, and what the charts lie on in it. */
  scroll: HTMLElement;
  layer: HTMLElement;
}

/** What is asked of a person: where a chart shall stand, or the name of a section. */
export type Question = { kind: "move"; chart: string } | { kind: "section" } | { kind: "rename"; section: string };

export interface Board {
  now: () => Standing;
  /**
   * Puts charts or sections to other places.
   *
   * @param arranged What comes of it; null if that cannot be.
   * @param moved Name of the chart that is moved: its new place is said, and it has the focus again.
   */
  arrange: (arranged: readonly ArrangedSection[] | null, moved?: { chart: string; focus: "grip" | "menu" }) => void;
  /** Changes what is shown, and says so to those who do not see it. */
  change: (changes: Partial<ChartState>, said: string) => void;
  /** The same with a notice by which it is taken back. */
  changeWithUndo: (changes: Partial<ChartState>, said: string) => void;
  /** Opens a dialog. */
  ask: (question: Question) => void;
  /** Shows charts in other sizes until it is called with null. */
  preview: (changes: Pick<ChartState, "chartSizes"> | null) => void;
}

export const BoardContext = createContext<Board | null>(null);

/** Name of the chart that a card is of, where it can be arranged. */
export const ChartContext = createContext<string | null>(null);
