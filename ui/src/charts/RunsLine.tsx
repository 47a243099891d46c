import { Button, Checkbox, Menu, Popover, SegmentedControl, Switch, TextInput } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { hoveredRun } from "@/data/focus";
import { formatNumber } from "@/data/numbers";
import { columnName } from "./chart-keys";
import classes from "./RunsLine.module.css";
import { type ChartRun, groupNames, useColors } from "./runs";
import type { ChangeCharts, ChartState, Spread } from "./state";

interface RunsLineProps {
  runs: readonly ChartRun[];
  /** How many runs there would be without a limit. */
  total: number;
  /** Chooses how many runs are shown; not given where that cannot be chosen. */
  onMost?: ((most: number) => void) | undefined;
  /** Columns whose values make groups. */
  group: readonly string[];
  onGroup: (group: string[]) => void;
  /** Columns that groups can be made of. */
  columns: readonly string[];
  state: ChartState;
  change: ChangeCharts;
  /** Whether runs are named, where no table beside the charts does it. */
  hasLegend: boolean;
}

const COUNTS = [20, 100, 500, 1000];

/** A legend is one line, in which hardly more than these fit; the button at its end shows the others. */
const MOST_NAMES = 40;

/** Which runs are drawn, in which groups, and in which colours. */
export function RunsLine({ runs, total, onMost, group, onGroup, columns, state, change, hasLegend }: RunsLineProps) {
  const count = formatNumber(runs.length);
  const label = total > runs.length ? `${count} of ${formatNumber(total)} runs` : `${count} ${runs.length === 1 ? "run" : "runs"}`;
  return (
    <div className={classes.line}>
      {onMost && total > COUNTS[0]! ? (
        <Menu position="bottom-start">
          <Menu.Target>
            <Button variant="subtle" color="gray" size="compact-xs" rightSection={<IconChevronDown size={12} />}>
              {label}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {COUNTS.map((count) => (
              <Menu.Item key={count} onClick={() => onMost(count)}>
                First {formatNumber(count)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : (
        <span className={classes.count}>{label}</span>
      )}
      <GroupButton group={group} onGroup={onGroup} columns={columns} state={state} change={change} />
      {(hasLegend || group.length > 0) && <Legend runs={runs} />}
    </div>
  );
}

function GroupButton({ group, onGroup, columns, state, change }: Pick<RunsLineProps, "group" | "onGroup" | "columns" | "state" | "change">) {
  const [find, setFind] = useState("");
  const offered = useMemo(() => {
    const others = columns.filter((column) => !group.includes(column) && column.toLowerCase().includes(find.toLowerCase()));
    return [...group, ...others].slice(0, 100);
  }, [columns, group, find]);
  return (
    <Popover position="bottom-start" width={264} trapFocus>
      <Popover.Target>
        <Button variant="subtle" color={group.length ? undefined : "gray"} size="compact-xs" rightSection={<IconChevronDown size={12} />} aria-haspopup="dialog">
          {group.length ? `By ${group.map(columnName).join(", ")}` : "Group"}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes.groups!} aria-label="Group runs">
        <TextInput aria-label="Find a param or tag" placeholder="Find a param or tag" value={find} onChange={(event) => setFind(event.currentTarget.value)} />
        <div className={classes.columns}>
          {offered.map((column) => (
            <Checkbox
              key={column}
              label={columnName(column)}
              checked={group.includes(column)}
              onChange={(event) => onGroup(event.currentTarget.checked ? [...group, column] : group.filter((one) => one !== column))}
            />
          ))}
          {!offered.length && <span className={classes.count}>{columns.length ? "Nothing has this name." : "These runs differ in no param and no tag."}</span>}
        </div>
        <SegmentedControl
          fullWidth
          aria-label="Band"
          disabled={!group.length}
          data={[
            { value: "range", label: "Least to most" },
            { value: "deviation", label: "± deviation" },
          ]}
          value={state.spread ?? "range"}
          onChange={(value) => change({ spread: value === "range" ? undefined : (value as Spread) })}
        />
        <Switch
          label="Draw the runs too"
          disabled={!group.length}
          checked={state.raw ?? false}
          onChange={(event) => change({ raw: event.currentTarget.checked || undefined })}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

function Legend({ runs }: { runs: readonly ChartRun[] }) {
  const color = useColors(runs);
  const named = useMemo(() => {
    const groups = groupNames(runs);
    return groups.length ? groups.map((name) => [name, name] as const) : runs.map(({ id, name }) => [id, name] as const);
  }, [runs]);
  const [list, fitting] = useFitting(named);
  const more = named.length - fitting;
  const names = (shown: typeof named) =>
    shown.map(([id, name]) => (
      <li key={id} title={name} onPointerEnter={() => hoveredRun.set(id)} onPointerLeave={() => hoveredRun.set(null)}>
        <i style={{ background: color(id) }} />
        {name}
      </li>
    ));
  return (
    <>
      <ul ref={list} className={classes.legend} aria-label="Legend">
        {names(named.slice(0, MOST_NAMES))}
      </ul>
      {more > 0 && (
        <Popover position="bottom-end" width={264}>
          <Popover.Target>
            <Button className={classes.more!} variant="subtle" color="gray" size="compact-xs" aria-label={`${formatNumber(more)} more in the legend`} aria-haspopup="dialog">
              +{formatNumber(more)}
            </Button>
          </Popover.Target>
          <Popover.Dropdown aria-label="Whole legend">
            <ul className={classes.whole} aria-label="Whole legend" tabIndex={0}>
              {names(named)}
            </ul>
          </Popover.Dropdown>
        </Popover>
      )}
    </>
  );
}

/** Returns a list of one line, and how many of its items stand in it whole. */
function useFitting(items: readonly unknown[]): [React.RefObject<HTMLUListElement | null>, number] {
  const list = useRef<HTMLUListElement>(null);
  const [fitting, setFitting] = useState(items.length);
  useLayoutEffect(() => {
    const measure = (): void => {
      const { children } = list.current!;
      const top = (children[0] as HTMLElement | undefined)?.offsetTop ?? 0;
      const below = [...children].findIndex((item) => (item as HTMLElement).offsetTop > top);
      setFitting(below < 0 ? children.length : below);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(list.current!);
    measure();
    return () => observer.disconnect();
  }, [items]);
  return [list, fitting];
}
