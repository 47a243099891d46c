import { memo } from "react";
import { IconChevronRight } from "@tabler/icons-react";
import { ROOT } from "@/api/client";
import { runColor } from "@/data/run-colors";
import { describeStatus } from "@/data/statuses";
import { IS_TOUCHED } from "@/data/window";
import { isLive, valueOf, writeAttribute, type Shape } from "./cells";
import type { Column, Layout } from "./columns";
import { NAME } from "./columns";
import { CURVE_HEIGHT, CURVE_WIDTH, curveOf } from "./curves";
import type { RunRow } from "./level";
import type { RunRows } from "./rows";
import classes from "./RunsTable.module.css";

export const ROW_HEIGHT = IS_TOUCHED ? 40 : 32;
/** Width of what stands before the name: the check box. */
export const LEAD_WIDTH = IS_TOUCHED ? 40 : 36;
/** What a curve and the gaps around it need of a cell's width, and what a digit needs beside it, in pixels. */
const BESIDE_TEXT = 66;
const OF_DIGIT = 7.4;
const INDENT = 16;

/** What all rows share; another one makes all of them render. */
export interface RowContext {
  rows: RunRows;
  layout: Layout;
  shapes: ReadonlyMap<string, Shape>;
  /** The best value of each metric whose good side is known. */
  best: ReadonlyMap<string, number>;
  scheme: "light" | "dark";
  isTree: boolean;
}

export interface RowProps {
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

/** One run. Clicks are taken by the table, which finds out by `data-do` what was meant. */
export const Row = memo(function Row(props: RowProps) {
  const { context, row, run, depth, firstColumn, endColumn, isSelected, isOpen, cursor } = props;
  const { pinned, scrolled } = context.layout;
  const left = LEAD_WIDTH + pinned.width;
  return (
    <div
      role="row"
      id={`row-${row}`}
      className={classes.row}
      style={{ top: row * ROW_HEIGHT }}
      aria-rowindex={row + 3}
      aria-level={depth + 1}
      aria-selected={isSelected}
      aria-expanded={run && run.children > 0 && context.isTree ? isOpen : undefined}
      data-row={row}
      data-run={run?.id}
      data-cursor={cursor !== null || undefined}
    >
      <div className={classes.pinned} style={{ width: left }}>
        <div role="gridcell" className={classes.lead} data-do="select">
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Select ${run?.name ?? "run"}`}
            checked={isSelected}
            disabled={!run}
            readOnly
          />
        </div>
        {pinned.columns.map((column, at) =>
          column.id === NAME ? (
            <NameCell key={column.id} {...props} width={column.width} />
          ) : (
            <DataCell key={column.id} {...props} column={column} number={at} left={LEAD_WIDTH + column.left} />
          ),
        )}
      </div>
      {scrolled.columns.slice(firstColumn, endColumn).map((column, at) => (
        <DataCell key={column.id} {...props} column={column} number={pinned.columns.length + firstColumn + at} left={left + column.left} />
      ))}
    </div>
  );
});

function NameCell({ context, run, depth, width, isHidden, isOpen, cursor }: RowProps & { width: number }) {
  if (!run) {
    return (
      <div role="gridcell" className={classes.cell} style={{ left: LEAD_WIDTH, width }}>
        <span className={classes.coming} />
      </div>
    );
  }
  const color = runColor(run.id, context.scheme);
  const hasChildren = context.isTree && run.children > 0;
  const state = run.isLost ? "LOST" : run.status;
  return (
    <div
      role="gridcell"
      className={classes.nameCell}
      style={{ left: LEAD_WIDTH, width, paddingLeft: Math.min(depth, 8) * INDENT }}
      data-cursor={cursor === 0 || undefined}
    >
      <button
        type="button"
        tabIndex={-1}
        className={classes.color}
        data-do="hide"
        data-hidden={isHidden || undefined}
        style={{ "--color": color } as React.CSSProperties}
        title={isHidden ? "Show in the charts" : "Hide in the charts"}
        aria-label={`${isHidden ? "Show" : "Hide"} ${run.name} in the charts`}
        aria-pressed={!isHidden}
      />
      {hasChildren && (
        <button
          type="button"
          tabIndex={-1}
          className={classes.expander}
          data-do="expand"
          data-open={isOpen || undefined}
          aria-label={`${isOpen ? "Close" : "Open"} the ${run.children} runs below ${run.name}`}
        >
          <IconChevronRight size={13} />
        </button>
      )}
      <a className={classes.name} tabIndex={-1} href={`${ROOT}#/experiments/${run.experimentId}/runs/${run.id}`} title={run.name} data-do="follow">
        {run.name}
      </a>
      {hasChildren && <span className={classes.children}>{run.children}</span>}
      <span className={classes.status} data-status={state} data-do="menu" data-column="status" title={describeStatus(state)} role="img" aria-label={describeStatus(state)} />
    </div>
  );
}

interface DataCellProps extends RowProps {
  column: Column;
  number: number;
  left: number;
}

function DataCell({ context, column, run, now, number, left, cursor }: DataCellProps) {
  const { rows, shapes, best } = context;
  const style = { left, width: column.width };
  const isAt = cursor === number || undefined;
  const value = run && valueOf(column, run, rows.slot(column.id));
  if (!run || value === undefined) {
    return (
      <div role="gridcell" className={classes.cell} style={style} aria-colindex={number + 2} data-cursor={isAt}>
        <span className={classes.coming} />
      </div>
    );
  }
  const { kind, key } = column.field;
  const shape = shapes.get(column.id);
  const text = kind === "attribute" ? writeAttribute(key, run, value, now) : shape ? shape.format(value) : String(value ?? "");
  const path = kind === "metrics" && column.width >= BESIDE_TEXT + OF_DIGIT * text.length && value !== null ? curveOf(run.id, key) : "";
  const isBest = value !== null && best.get(column.id) === value;
  return (
    <div
      role="gridcell"
      className={classes.cell}
      style={style}
      aria-colindex={number + 2}
      data-do="menu"
      data-column={column.id}
      data-cursor={isAt}
      data-number={shape?.isNumeric || kind === "attribute" || undefined}
      data-best={isBest || undefined}
    >
      {path && (
        <svg className={classes.curve} width={CURVE_WIDTH} height={CURVE_HEIGHT} aria-hidden data-live={isLive(run) || undefined}>
          <path d={path} />
        </svg>
      )}
      <span>{text}</span>
    </div>
  );
}
