import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { hoveredRun } from "@/data/focus";
import { columnFormat } from "@/data/numbers";
import { useStore } from "@/data/store";
import classes from "./BarChart.module.css";

export interface Bar {
  /** Id of the run, or name of the group. */
  id: string;
  name: string;
  color: string;
  value: number;
  /** How far the values of a group go, below and above their mean. */
  spread?: [low: number, high: number];
}

interface BarChartProps {
  title: string;
  bars: readonly Bar[];
  /** Names of the groups by the ids of their runs, where bars are groups. */
  groups: ReadonlyMap<string, string>;
  /** Whether bars are runs or groups, which the pointer marks elsewhere too. */
  marks?: boolean;
}

const ROW = 22;

/** Bars in their order, any number of them: what is left of a metric without steps, among others. */
export function BarChart({ title, bars, groups, marks = true }: BarChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const format = useMemo(() => columnFormat(bars.map(({ value }) => value)), [bars]);
  const [low, high] = useMemo(() => barRange(bars), [bars]);
  const rows = useVirtualizer({ count: bars.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 8 });
  const share = (value: number): number => (Number.isFinite(value) ? ((value - low) / (high - low)) * 100 : 0);
  const zero = share(Math.min(Math.max(0, low), high));
  return (
    <div ref={box} className={classes.chart} tabIndex={0} role="group" aria-label={`${title}: ${bars.length} bars`}>
      <ul style={{ height: rows.getTotalSize() }} aria-label={title}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const { id, name, color, value, spread } = bars[index]!;
          const end = share(value);
          return (
            <BarRow key={id} id={id} groups={groups} marks={marks} top={start}>
              <span className={classes.name} title={name}>
                {name}
              </span>
              <span className={classes.track}>
                <span className={classes.bar} style={{ left: `${Math.min(zero, end)}%`, width: `${Math.abs(end - zero)}%`, background: color }} />
                {spread && <span className={classes.spread} style={{ left: `${share(spread[0])}%`, width: `${share(spread[1]) - share(spread[0])}%` }} />}
              </span>
              <span className={classes.value}>{format(value)}</span>
            </BarRow>
          );
        })}
      </ul>
    </div>
  );
}

interface BarRowProps {
  id: string;
  groups: ReadonlyMap<string, string>;
  marks: boolean;
  top: number;
  children: React.ReactNode;
}

function BarRow({ id, groups, marks, top, children }: BarRowProps) {
  const isMarked = useStore(hoveredRun, (hovered) => hovered !== null && (groups.get(hovered) ?? hovered) === id);
  const isFaded = useStore(hoveredRun, (hovered) => hovered !== null && (groups.get(hovered) ?? hovered) !== id);
  return (
    <li
      style={{ transform: `translateY(${top}px)` }}
      data-marked={isMarked || undefined}
      data-faded={isFaded || undefined}
      onPointerEnter={() => marks && hoveredRun.set(id)}
      onPointerLeave={() => hoveredRun.set(null)}
    >
      {children}
    </li>
  );
}

/** Returns what the bars stand on: from zero, so that lengths can be compared. */
export function barRange(bars: readonly Bar[]): [low: number, high: number] {
  const values = bars.flatMap(({ value, spread }) => [value, ...(spread ?? [])]).filter(Number.isFinite);
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  return low === high ? [0, 1] : [low, high];
}
