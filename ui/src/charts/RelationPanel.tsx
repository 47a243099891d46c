import { MultiSelect, useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import { chartColumns, chartTitle, columnName } from "./chart-keys";
import { ChartSkeleton } from "./ChartCard";
import { cardOf, nothing, type PlotPanelProps } from "./panel";
import { ColumnSelect, PlotCard, useColumnOptions } from "./PlotCard";
import classes from "./PlotPanel.module.css";
import { parallelDrawing, plotPoints, scatterDrawing } from "./plots";
import { useColors, useRunValues } from "./runs";
import type { Exports } from "./save";

const Plot = lazy(() => import("./Plot"));

/** A scatter plot of two columns, or parallel coordinates of several. */
export function RelationPanel({ chart, onChart, experimentIds, runs, metrics, columns, onRun = nothing, ...rest }: PlotPanelProps<"scatter" | "parallel">) {
  const color = useColors(runs);
  const scheme = useComputedColorScheme();
  const shown = useMemo(() => chartColumns(chart), [chart]);
  const ids = useMemo(() => runs.map(({ id }) => id), [runs]);
  const values = useRunValues(experimentIds, ids, shown);
  const points = useMemo(() => plotPoints(runs, values, shown, color), [runs, values, shown, color]);
  const drawing = useMemo(() => (chart.kind === "scatter" ? scatterDrawing(points, shown) : parallelDrawing(points, shown)), [chart.kind, points, shown]);
  const options = useColumnOptions(shown, { params: columns, metrics });
  const exports = useMemo((): Exports | undefined => {
    if (!points.length) return undefined;
    return {
      svg: async () => (await import("./Plot")).drawPlot(drawing, scheme),
      rows: () => [["run_id", "run", ...shown.map(columnName)], ...points.map(({ id, name, values }) => [id, name, ...values])],
    };
  }, [points, shown, drawing, scheme]);
  const title = chartTitle(chart);
  const controls =
    chart.kind === "scatter" ? (
      <div className={classes.axes}>
        <ColumnSelect label="Vertical axis" options={options} value={chart.y} onChange={(y) => onChart({ ...chart, y })} />
        <span>by</span>
        <ColumnSelect label="Horizontal axis" options={options} value={chart.x} onChange={(x) => onChart({ ...chart, x })} />
      </div>
    ) : undefined;
  return (
    <PlotCard
      {...cardOf(rest)}
      title={title}
      controls={controls}
      exports={exports}
      isLoading={!points.length && (values.isLoading || values.isOlder)}
      note={points.length ? null : "None of these runs has a value for each axis. Choose other axes or other runs."}
      head={
        chart.kind === "parallel" &&
        rest.isFocused && (
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
        )
      }
    >
      <Suspense fallback={<ChartSkeleton />}>
        <Plot label={`${title}: ${points.length} runs`} drawing={drawing} onRun={onRun} />
      </Suspense>
    </PlotCard>
  );
}
