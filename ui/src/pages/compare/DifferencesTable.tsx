import { Menu, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconDots } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, lazy, memo, type PointerEvent, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { useRunColor } from "@/charts/runs";
import { Commit } from "@/components/Commit";
import { hoveredRun } from "@/data/focus";
import { columnFormat } from "@/data/numbers";
import { useStore } from "@/data/store";
import { IS_TOUCHED, usePhone } from "@/data/window";
import type { FactRow, FactSection, TableRow } from "./differences";
import classes from "./DifferencesTable.module.css";
import { CHANGES, type Fact, type Group } from "./facts";
import type { ComparedRun } from "./runs";

const DiffDialog = lazy(() => import("./DiffDialog"));

interface DifferencesTableProps {
  runs: readonly ComparedRun[];
  rows: readonly TableRow[];
  onFold: (group: Group) => void;
  onRemove: (id: string) => void;
  onFirst: (id: string) => void;
}

const HEAD = 36;
const ROW = IS_TOUCHED ? 40 : 28;

/** Widths of the column of names and of those of the runs, in pixels; on a phone two runs stand beside their names. */
const WIDE = { ofNames: 200, ofRun: 148 };
const NARROW = { ofNames: 124, ofRun: 132 };

/** A column for each run, a row for each fact; rows and columns are drawn where they are seen. */
export function DifferencesTable({ runs, rows, onFold, onRemove, onFirst }: DifferencesTableProps) {
  const box = useRef<HTMLDivElement>(null);
  const [diffOf, setDiffOf] = useState<ComparedRun | null>(null);
  const { ofNames, ofRun } = usePhone() ? NARROW : WIDE;
  const vertical = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 12, scrollMargin: HEAD, getItemKey: (index) => rowKey(rows[index]!) });
  const horizontal = useVirtualizer({ horizontal: true, count: runs.length, getScrollElement: () => box.current, estimateSize: () => ofRun, overscan: 3, scrollMargin: ofNames });
  useEffect(() => horizontal.measure(), [horizontal, ofRun]);
  const columns = horizontal.getVirtualItems();
  const width = ofNames + runs.length * ofRun;
  const hover = (event: PointerEvent): void => {
    const at = Math.floor((event.clientX - box.current!.getBoundingClientRect().left + box.current!.scrollLeft - ofNames) / ofRun);
    const isOnName = event.clientX - box.current!.getBoundingClientRect().left < ofNames;
    hoveredRun.set(isOnName ? null : (runs[at]?.id ?? null));
  };
  return (
    <div
      ref={box}
      className={classes.box}
      style={{ "--names": `${ofNames}px`, "--run": `${ofRun}px`, "--row": `${ROW}px` } as CSSProperties}
      role="table"
      aria-label="What differs"
      aria-rowcount={rows.length + 1}
      aria-colcount={runs.length + 1}
      tabIndex={0}
      onPointerMove={hover}
      onPointerLeave={() => hoveredRun.set(null)}
    >
      <div className={classes.rows} style={{ width, height: vertical.getTotalSize() + HEAD }} role="rowgroup">
        <ColumnMark runs={runs} />
        <div className={classes.head} style={{ width }} role="row" aria-rowindex={1}>
          <div className={classes.corner} role="columnheader" aria-colindex={1}>
            {runs.length > 1 && "compared with the first"}
          </div>
          {columns.map(({ index, start }) => (
            <RunHead
              key={runs[index]!.id}
              run={runs[index]!}
              index={index}
              left={start}
              onRemove={() => onRemove(runs[index]!.id)}
              onFirst={index ? () => onFirst(runs[index]!.id) : undefined}
            />
          ))}
        </div>
        {vertical.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index]!;
          return (
            <div key={key} className={classes.row} style={{ width, transform: `translateY(${start}px)` }} role="row" aria-rowindex={index + 2} data-section={row.kind === "section" || undefined}>
              {row.kind === "section" ? (
                <SectionHead section={row.section} isOpen={row.isOpen} runs={runs.length} onFold={() => onFold(row.section.group)} />
              ) : (
                <FactCells group={row.group} row={row.row} runs={runs} columns={columns.map(({ index: at, start: left }) => [at, left])} onDiff={(at) => setDiffOf(runs[at]!)} />
              )}
            </div>
          );
        })}
      </div>
      {diffOf && (
        <Suspense>
          <DiffDialog runId={diffOf.id} name={diffOf.name} onClose={() => setDiffOf(null)} />
        </Suspense>
      )}
    </div>
  );
}

/** The column of the run under the pointer, in whichever panel it is. */
function ColumnMark({ runs }: { runs: readonly ComparedRun[] }) {
  const at = useStore(hoveredRun, (id) => (id === null ? -1 : runs.findIndex((run) => run.id === id)));
  return at < 0 ? null : <div className={classes.mark} style={{ left: `calc(var(--names) + ${at} * var(--run))` }} />;
}

interface RunHeadProps {
  run: ComparedRun;
  index: number;
  left: number;
  onRemove: () => void;
  onFirst?: (() => void) | undefined;
}

function RunHead({ run: { id, name, experimentId }, index, left, onRemove, onFirst }: RunHeadProps) {
  const color = useRunColor();
  return (
    <div className={classes.run} style={{ left }} role="columnheader" aria-colindex={index + 2}>
      <i style={{ background: color(id) }} />
      <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId: id }} title={name}>
        {name}
      </Link>
      <Menu position="bottom-end">
        <Menu.Target>
          <UnstyledButton className={classes.menu!} aria-label={`Change the place of ${name}`}>
            <IconDots size={14} />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          {onFirst && <Menu.Item onClick={onFirst}>Compare the others with this one</Menu.Item>}
          <Menu.Item onClick={onRemove}>Remove from here</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

function SectionHead({ section: { group, rows, differing, silent }, isOpen, runs, onFold }: { section: FactSection; isOpen: boolean; runs: number; onFold: () => void }) {
  const Arrow = isOpen ? IconChevronDown : IconChevronRight;
  const same = rows.length - differing;
  const notes = [
    ...(runs > 1 ? [`${differing} differ`, ...(same ? [`${same} the same`] : [])] : []),
    ...(silent ? [`not recorded by ${silent} of ${runs}`] : []),
  ];
  return (
    <div className={classes.section} role="rowheader" aria-colindex={1}>
      <button type="button" aria-expanded={isOpen} onClick={onFold}>
        <Arrow size={13} />
        {group}
        <span>{notes.join(" · ")}</span>
      </button>
    </div>
  );
}

interface FactCellsProps {
  group: Group;
  row: FactRow;
  runs: readonly ComparedRun[];
  columns: readonly (readonly [at: number, left: number])[];
  onDiff: (at: number) => void;
}

const FactCells = memo(function FactCells({ group, row: { name, values, best }, runs, columns, onDiff }: FactCellsProps) {
  const format = useMemo(() => columnFormat(values.filter((value) => typeof value === "number")), [values]);
  const isCommit = group === "Code" && name === "commit";
  const show = (value: Fact): string => (typeof value === "number" ? format(value) : value);
  return (
    <>
      <div className={classes.name} role="rowheader" aria-colindex={1} title={name}>
        {name}
      </div>
      {columns.map(([at, left]) => {
        const value = values[at];
        const isSame = at > 0 && Object.is(value, values[0]);
        const isBest = typeof value === "number" && best?.has(value);
        const text = value === undefined ? "not recorded" : value === null ? "–" : show(value);
        const hasDiff = group === "Code" && name === CHANGES && typeof value === "string" && /[0-9a-f]{12}$/.test(value);
        return (
          <div
            key={at}
            className={classes.cell}
            style={{ left }}
            role="cell"
            aria-colindex={at + 2}
            title={typeof value === "string" ? value : text}
            data-kind={value === null || value === undefined ? "none" : typeof value}
            data-same={isSame || undefined}
          >
            {hasDiff ? (
              <button type="button" className={classes.diff} onClick={() => onDiff(at)}>
                {text}
              </button>
            ) : isCommit && typeof value === "string" ? (
              <Commit commit={value} remote={remoteOf(runs[at]!)} />
            ) : isBest ? (
              <mark>{text}</mark>
            ) : (
              text
            )}
          </div>
        );
      })}
    </>
  );
});

function remoteOf({ facts }: ComparedRun): string | undefined {
  const remote = facts.get("Code")?.get("remote");
  return typeof remote === "string" ? remote : undefined;
}

function rowKey(row: TableRow): string {
  return row.kind === "section" ? `section ${row.section.group}` : `${row.group} ${row.row.name}`;
}
