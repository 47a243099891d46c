import { Select } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { columnName, isMetric } from "./chart-keys";
import { ChartCard, type ChartCardProps, ChartNote, ChartSkeleton } from "./ChartCard";
import classes from "./PlotPanel.module.css";

interface PlotCardProps extends ChartCardProps {
  /** What stands above the plot where there is room. */
  head?: ReactNode;
  /** What stands below the plot: what it leaves out. */
  foot?: ReactNode;
  /** What is said in the place of a plot that cannot be drawn. */
  note: ReactNode;
  isLoading: boolean;
}

/** The card of a plot, or of the words that stand in its place. */
export function PlotCard({ head, foot, note, isLoading, children, ...card }: PlotCardProps) {
  return (
    <ChartCard {...card}>
      <div className={classes.panel}>
        {head}
        <div className={classes.plot}>{isLoading ? <ChartSkeleton /> : note ? <ChartNote>{note}</ChartNote> : children}</div>
        {foot && !note && !isLoading && <p className={classes.foot}>{foot}</p>}
      </div>
    </ChartCard>
  );
}

export interface ColumnOption {
  value: string;
  label: string;
}

export interface ColumnGroup {
  group: string;
  items: ColumnOption[];
}

/** The columns of each kind that can be chosen; a kind that is not given cannot. */
interface Columns {
  params?: readonly string[];
  tags?: readonly string[];
  /** Names of metrics. */
  metrics?: readonly string[];
}

/** Returns what an axis can be; what is shown can be chosen even where these runs do not differ in it. */
export function useColumnOptions(shown: readonly string[], { params, tags, metrics }: Columns): ColumnGroup[] {
  return useMemo(() => {
    const group = (name: string, all: readonly string[]): ColumnGroup[] =>
      all.length ? [{ group: name, items: [...new Set(all)].map((column) => ({ value: column, label: columnName(column) })) }] : [];
    const also = (prefix: string): string[] => shown.filter((column) => column.startsWith(prefix));
    // Three columns for each of 12,000 metrics nobody looks through: what can be taken of a metric is offered when it is shown.
    const aggregates = metrics ? [...new Set(shown.filter(isMetric).map(metricOf))].flatMap((metric) => [`min(${metric})`, `max(${metric})`]) : [];
    return [
      ...group("Least and greatest", aggregates),
      ...(params ? group("Params", [...params, ...also("params.")]) : []),
      ...(tags ? group("Tags", [...tags, ...also("tags.")]) : []),
      ...(metrics ? group("Metrics", [...metrics.map((metric) => `metrics.${metric}`), ...also("metrics.")]) : []),
    ];
  }, [shown, params, tags, metrics]);
}

/** Returns the metric of a column: `metrics.loss` for `min(metrics.loss)`. */
function metricOf(column: string): string {
  return column.replace(/^[a-z]+\(([^]*)\)$/, "$1");
}

interface ColumnSelectProps {
  label: string;
  value: string | null;
  onChange: (column: string) => void;
  options: ColumnGroup[];
  placeholder?: string;
}

/** A choice of a column in the head of a chart. */
export function ColumnSelect({ label, value, onChange, options, placeholder }: ColumnSelectProps) {
  return (
    <Select
      className={classes.column!}
      size="xs"
      variant="unstyled"
      rightSection={null}
      rightSectionWidth={0}
      searchable
      limit={100}
      comboboxProps={{ width: 220, position: "bottom-start" }}
      aria-label={label}
      placeholder={placeholder}
      data={options}
      value={value}
      title={value === null ? undefined : columnName(value)}
      allowDeselect={false}
      onChange={(next) => next !== null && onChange(next)}
    />
  );
}
