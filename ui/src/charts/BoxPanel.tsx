import { useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import { boxDrawing, boxesOf, boxRows, MOST_BOXES } from "./boxes";
import { bucketsOf } from "./buckets";
import { chartColumns, chartTitle, columnName } from "./chart-keys";
import { ChartSkeleton } from "./ChartCard";
import { cardOf, type PlotPanelProps } from "./panel";
import { ColumnSelect, PlotCard, useColumnOptions } from "./PlotCard";
import classes from "./PlotPanel.module.css";
import { plotPoints } from "./plots";
import { useColors, useRunValues } from "./runs";
import type { Exports } from "./save";

const Plot = lazy(() => import("./Plot"));

/** Stands for no column at all: one box. */
const ALL = "all";

/** How a metric spreads: in all runs, or in those that share a value. */
export function BoxPanel({ chart, onChart, experimentIds, runs, metrics, columns, tags, ...rest }: PlotPanelProps<"box">) {
  const { value, by } = chart;
  const color = useColors(runs);
  const scheme = useComputedColorScheme();
  const shown = useMemo(() => chartColumns(chart), [chart]);
  const ids = useMemo(() => runs.map(({ id }) => id), [runs]);
  const values = useRunValues(experimentIds, ids, shown);
  const { boxes, left } = useMemo(() => {
    const buckets = by === undefined ? null : bucketsOf(ids, values, by);
    return boxesOf(plotPoints(runs, values, [value], color), buckets);
  }, [runs, ids, values, value, by, color]);
  const drawing = useMemo(() => boxDrawing(boxes, value), [boxes, value]);
  const metricOptions = useColumnOptions(shown, { metrics });
  const columnOptions = useColumnOptions(shown, { params: columns, tags });
  const byOptions = useMemo(() => [{ group: "Runs", items: [{ value: ALL, label: "all runs" }] }, ...columnOptions], [columnOptions]);
  const title = chartTitle(chart);
  const count = boxes.reduce((sum, box) => sum + box.count, 0);
  const exports = useMemo((): Exports | undefined => {
    if (!boxes.length) return undefined;
    return { svg: async () => (await import("./Plot")).drawPlot(drawing, scheme), rows: () => boxRows(boxes, value, by) };
  }, [boxes, drawing, value, by, scheme]);
  return (
    <PlotCard
      {...cardOf(rest)}
      title={title}
      exports={exports}
      isLoading={!count && (values.isLoading || values.isOlder)}
      note={count ? null : `None of these runs has a number for ${columnName(value)}. Choose another metric or other runs.`}
      foot={count === 1 ? "One run has no spread: choose more runs, or none, to see that of all." : left > 0 ? `The ${MOST_BOXES} values of the most runs; ${left} more have fewer.` : null}
      controls={
        <div className={classes.axes}>
          <ColumnSelect label="Metric" options={metricOptions} value={value} onChange={(next) => onChart({ ...chart, value: next })} />
          <span>by</span>
          <ColumnSelect
            label="Boxes"
            options={byOptions}
            value={by ?? ALL}
            onChange={(next) => onChart(next === ALL ? { kind: "box", value } : { ...chart, by: next })}
          />
        </div>
      }
    >
      <Suspense fallback={<ChartSkeleton />}>
        <Plot label={`${title}: ${boxes.length} ${boxes.length === 1 ? "box" : "boxes"} of ${count} runs`} drawing={drawing} />
      </Suspense>
    </PlotCard>
  );
}
