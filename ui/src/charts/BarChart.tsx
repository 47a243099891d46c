import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { hoveredRun } from "@/data/focus";
import { columnFormat } from "@/data/numbers";
import { useStore } from "@/data/store";
import { Said } from "@/components/Said";
import classes from "./BarChart.module.css";
import { type Bar, barRange } from "./bars";
import { useOpenRun } from "./open-run";

interface BarChartProps {
  title: string;
  bars: readonly Bar[];
  /** Names of the groups by the ids of their runs, where bars are groups. */
  groups: ReadonlyMap<string, string>;
  /** Whether bars are runs or groups, which the pointer marks elsewhere too. */
  marks?: boolean;
}

const ROW = 22;

/** Where arrow keys lead, from the index of a bar. */
const WAYS: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowDown: (at) => at + 1,
  ArrowUp: (at) => at - 1,
  Home: () => 0,
  End: (_, last) => last,
};

/** Bars in their order, any number of them: what is left of a metric without steps, among others. Arrow keys go from bar to bar. */
export function BarChart({ title, bars, groups, marks = true }: BarChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const format = useMemo(() => columnFormat(bars.map(({ value }) => value)), [bars]);
  const [low, high] = useMemo(() => barRange(bars), [bars]);
  const rows = useVirtualizer({ count: bars.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 8 });
  const share = (value: number): number => (Number.isFinite(value) ? ((value - low) / (high - low)) * 100 : 0);
  const zero = share(Math.min(Math.max(0, low), high));
  const [focused, setFocused] = useState<string | null>(null);
  const at = bars.findIndex(({ id }) => id === focused);
  const openRun = useOpenRun();
  const areRuns = marks && !groups.size;
  const go = (key: string): boolean => {
    const way = WAYS[key];
    if (!way || !bars.length) return false;
    const next = at < 0 ? 0 : Math.max(0, Math.min(bars.length - 1, way(at, bars.length - 1)));
    const { id } = bars[next]!;
    setFocused(id);
    rows.scrollToIndex(next);
    if (marks) hoveredRun.set(id);
    return true;
  };
  const leave = (): void => {
    if (focused !== null && hoveredRun.get() === focused) hoveredRun.set(null);
    setFocused(null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && at >= 0 && areRuns) openRun(bars[at]!.id);
    else if (event.key === "Escape" && at >= 0) leave();
    else if (!go(event.key)) return;
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      className={classes.chart}
      tabIndex={0}
      role="group"
      aria-label={`${title}: ${bars.length} bars. Arrow keys go from bar to bar${areRuns ? ", Enter opens a run" : ""}.`}
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        if (event.target.matches(":focus-visible")) go("Home");
      }}
      onBlur={leave}
    >
      <Said>
        {at >= 0 && `${bars[at]!.name}: ${format(bars[at]!.value)}`}
      </Said>
      <ul style={{ height: rows.getTotalSize() }} aria-label={title}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const { id, name, color, value, spread } = bars[index]!;
          const end = share(value);
          return (
            <BarRow key={id} id={id} groups={groups} marks={marks} top={start} isFocused={index === at} onOpen={areRuns ? openRun : undefined}>
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
  isFocused: boolean;
  onOpen: ((id: string) => void) | undefined;
  children: React.ReactNode;
}

function BarRow({ id, groups, marks, top, isFocused, onOpen, children }: BarRowProps) {
  const isMarked = useStore(hoveredRun, (hovered) => hovered !== null && (groups.get(hovered) ?? hovered) === id);
  const isFaded = useStore(hoveredRun, (hovered) => hovered !== null && (groups.get(hovered) ?? hovered) !== id);
  return (
    <li
      style={{ transform: `translateY(${top}px)` }}
      data-marked={isMarked || undefined}
      data-faded={isFaded || undefined}
      data-focused={isFocused || undefined}
      data-opens={onOpen && true}
      onClick={() => onOpen?.(id)}
      onPointerEnter={() => marks && hoveredRun.set(id)}
      onPointerLeave={() => hoveredRun.set(null)}
    >
      {children}
    </li>
  );
}
