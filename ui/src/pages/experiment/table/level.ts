/** Runs that follow each other in the table, in windows: all of its top, or the children of one run. */

import type { Cell, RunBase } from "./window";

/** Rows of a window. */
export const WINDOW = 100;

export interface RunRow extends RunBase {
  /** Values by the slot of their field; undefined where they have not come yet. */
  values: (Cell | undefined)[];
  /** Grows when anything of the run has changed. */
  revision: number;
}

/** One row as it is shown. */
export interface Place {
  /** The run; undefined while it has not come. */
  run: RunRow | undefined;
  depth: number;
  level: Level;
  index: number;
}

/** Runs that follow each other: all that the query finds at the top, or the children of one run. */
export class Level {
  readonly order: (RunRow | undefined)[] = [];
  /** Fields that each window has; a window that is missing must be fetched. */
  readonly loaded = new Map<number, Set<string>>();
  readonly coming = new Map<number, { fields: Set<string>; stop: AbortController }>();
  /** How many runs have come on top since the order was read, as far as the order is by time. */
  shift = 0;
  hasNews = false;
  /** The last poll and its answer's token. */
  known = { asked: "", token: "" };
  private openRows: { index: number; level: Level }[] = [];

  /**
   * @param filter What its runs have in common; empty for what the query asks for.
   * @param roots Whether runs are left out whose parents are found too.
   * @param path Ids of the runs that it stands below.
   * @param total Number of its runs.
   */
  constructor(
    readonly filter: string,
    readonly roots: boolean,
    readonly path: readonly string[],
    public total: number,
  ) {}

  /** Number of rows of this level and of all that is open below it. */
  get size(): number {
    return this.openRows.reduce((sum, { level }) => sum + level.size, this.total);
  }

  /** Finds out which rows are open now; `below` returns the level of a run with children, if it is open. */
  arrange(below: (run: RunRow, path: readonly string[]) => Level | undefined): void {
    this.openRows = [];
    for (const [at] of this.loaded) {
      const end = Math.min(this.total, (at + 1) * WINDOW);
      for (let index = at * WINDOW; index < end; index++) {
        const run = this.order[index];
        const level = run && run.children > 0 ? below(run, this.path) : undefined;
        if (level) this.openRows.push({ index, level });
      }
    }
    this.openRows.sort((a, b) => a.index - b.index);
    for (const { level } of this.openRows) level.arrange(below);
  }

  /** Returns what stands in the row with this number, counted from the top of the level. */
  at(row: number): Place {
    let rest = row;
    for (const { index, level } of this.openRows) {
      if (rest <= index) break;
      if (rest <= index + level.size) return level.at(rest - index - 1);
      rest -= level.size;
    }
    return { run: this.order[rest], depth: this.path.length, level: this, index: rest };
  }
}
