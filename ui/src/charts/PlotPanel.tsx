import { MultiSelect, Select } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import { type ChartKey, chartTitle, columnName } from "./chart-keys";
import { ChartCard, ChartNote, ChartSkeleton } from "./ChartCard";
import classes from "./PlotPanel.module.css";
import { plotPoints } from "./plots";
import { type ChartRun, useColors, useRunValues } from "./runs";
import type { Exports } from "./save";

const Plot = lazy(() => import("./Plot"));

interface PlotPanelProps {
  chart: Exclude<ChartKey, { kind: "metric" | "images" }>;
  onChart: (chart: ChartKey) => void;
  experimentIds: readonly string[];
  runs: readonly ChartRun[];
  metrics: readonly string[];
  columns: readonly string[];
  onRun?: ((id: string) => void) | undefined;
  isFocused: boolean;
  onFocus: () => void;
  onRemove?: (() => void) | undefined;
}

const nothing = (): void => undefined;

/** A plot of runs against each other, with a choice of what its axes are. */
export function PlotPanel({ chart, onChart, experimentIds, runs, metrics, columns, onRun = nothing, ...card }: PlotPanelProps) {
  const color = useColors(runs);
  const shown = useMemo(() => (chart.kind === "scatter" ? [chart.x, chart.y] : chart.columns), [chart]);
  const ids = useMemo(() => runs.map(({ id }) => id), [runs]);
  const values = useRunValues(experimentIds, ids, shown);
  const points = useMemo(() => plotPoints(runs, values, shown, color), [runs, values, shown, color]);
  const title = chartTitle(chart);
  const options = useMemo(() => {
    const names = (all: readonly string[]) => all.map((column) => ({ value: column, label: columnName(column) }));
    return [
      { group: "Params", items: names(withShown(columns, shown, "params.")) },
      { group: "Metrics", items: names(withShown(metrics.map((metric) => `metrics.${metric}`), shown, "metrics.")) },
    ];
  }, [columns, metrics, shown]);
  const exports = useMemo((): Exports | undefined => {
    if (!points.length) return undefined;
    return {
      svg: async () => (await import("./Plot")).drawPlot(chart.kind, points, shown),
      rows: () => [["run_id", "run", ...shown.map(columnName)], ...points.map(({ id, name, values }) => [id, name, ...values])],
    };
  }, [points, shown, chart.kind]);
  const choice = { size: "xs", variant: "unstyled", searchable: true, limit: 100, data: options, comboboxProps: { width: 220 } } as const;
  const controls =
    chart.kind === "scatter" ? (
      <div className={classes.axes}>
        <Select {...choice} aria-label="Vertical axis" value={chart.y} onChange={(y) => y && onChart({ ...chart, y })} />
        <span>by</span>
        <Select {...choice} aria-label="Horizontal axis" value={chart.x} onChange={(x) => x && onChart({ ...chart, x })} />
      </div>
    ) : undefined;
  return (
    <ChartCard {...card} title={title} controls={controls} exports={exports}>
      <div className={classes.panel}>
        {chart.kind === "parallel" && card.isFocused && (
          <MultiSelect
            className={classes.choice!}
            size="xs"
            aria-label="Axes"
            searchable
            limit={100}
            data={options}
            value={chart.columns}
            onChange={(next) => next.length > 1 && onChart({ kind: "parallel", columns: next })}
          />
        )}
        <div className={classes.plot}>
          {points.length ? (
            <Suspense fallback={<ChartSkeleton />}>
              <Plot kind={chart.kind} title={title} points={points} columns={shown} onRun={onRun} />
            </Suspense>
          ) : values.isLoading ? (
            <ChartSkeleton />
          ) : (
            <ChartNote>None of these runs has a value for each axis.</ChartNote>
          )}
        </div>
      </div>
    </ChartCard>
  );
}

/** What is shown can be chosen even where these runs do not differ in it. */
function withShown(all: readonly string[], shown: readonly string[], prefix: string): string[] {
  return [...new Set([...all, ...shown.filter((column) => column.startsWith(prefix))])];
}
