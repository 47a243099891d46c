import { useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense, useMemo } from "react";
import { bestAxes } from "./axes";
import { chartColumns, chartTitle, columnName } from "./chart-keys";
import { ChartSkeleton } from "./ChartCard";
import { contourDrawing, LEAST_RUNS } from "./contour-drawing";
import { cardOf, type PlotPanelProps } from "./panel";
import { ColumnSelect, PlotCard, useColumnOptions } from "./PlotCard";
import classes from "./PlotPanel.module.css";
import { plotPoints } from "./plots";
import { type RunValues, useColors, useRunValues } from "./runs";
import type { Exports } from "./save";

const Plot = lazy(() => import("./Plot"));

/** Axes are looked for among so many params. */
const MOST_PARAMS = 100;

/** A metric over two columns, as colours between the runs. */
export function ContourPanel({ chart, onChart, experimentIds, runs, metrics, columns, ...rest }: PlotPanelProps<"contour">) {
  const { value } = chart;
  const color = useColors(runs);
  const scheme = useComputedColorScheme();
  const ids = useMemo(() => runs.map(({ id }) => id), [runs]);
  const params = useMemo(() => columns.slice(0, MOST_PARAMS), [columns]);
  const wanted = useMemo(() => (chart.axes ? chartColumns(chart) : [value, ...params]), [chart, value, params]);
  const values = useRunValues(experimentIds, ids, wanted);
  const axes = useMemo(() => chart.axes ?? bestAxes(ids, values, value, params), [chart.axes, ids, values, value, params]);
  const shown = useMemo(() => [value, ...(axes ?? [])], [value, axes]);
  const points = useMemo(() => (axes ? plotPoints(runs, values, shown, color) : []), [runs, values, axes, shown, color]);
  const note = noteOn(runs.length, values, axes, points.map((point) => point.values), shown);
  const drawing = useMemo(() => (note ? null : contourDrawing(points, shown)), [note, points, shown]);
  const metricOptions = useColumnOptions(shown, { metrics });
  const axisOptions = useColumnOptions(shown, { params: columns, metrics });
  const title = chartTitle(axes ? { ...chart, axes } : chart);
  const exports = useMemo((): Exports | undefined => {
    if (!drawing) return undefined;
    return {
      svg: async () => (await import("./Plot")).drawPlot(drawing, scheme),
      rows: () => [["run_id", "run", ...shown.map(columnName)], ...points.map(({ id, name, values }) => [id, name, ...values])],
    };
  }, [points, shown, drawing, scheme]);
  const setAxis = (at: 0 | 1, column: string): void => {
    const other = axes?.[1 - at] ?? column;
    onChart({ kind: "contour", value, axes: at ? [other, column] : [column, other] });
  };
  return (
    <PlotCard
      {...cardOf(rest)}
      title={title}
      exports={exports}
      isLoading={points.length < LEAST_RUNS && (values.isLoading || values.isOlder)}
      note={note}
      controls={
        <div className={classes.axes}>
          <ColumnSelect label="Metric" options={metricOptions} value={value} onChange={(next) => onChart({ ...chart, value: next })} />
          <span>over</span>
          <ColumnSelect label="Horizontal axis" options={axisOptions} placeholder="a column" value={axes?.[0] ?? null} onChange={(x) => setAxis(0, x)} />
          <span>×</span>
          <ColumnSelect label="Vertical axis" options={axisOptions} placeholder="a column" value={axes?.[1] ?? null} onChange={(y) => setAxis(1, y)} />
        </div>
      }
    >
      {drawing && (
        <Suspense fallback={<ChartSkeleton />}>
          <Plot label={`${title}: ${points.length} runs`} drawing={drawing} />
        </Suspense>
      )}
    </PlotCard>
  );
}

/** Returns why there is no plot, and what to do; null if there is one. */
function noteOn(runs: number, { numbers, texts }: RunValues, axes: readonly string[] | null, points: readonly (readonly (number | string)[])[], shown: readonly string[]): string | null {
  if (runs < LEAST_RUNS) return `A contour needs ${LEAST_RUNS} runs. Choose more runs.`;
  if (!axes) return "A contour lies over two columns of numbers, and these runs differ in fewer than two such params. Choose metrics as axes above.";
  const word = shown.find((column) => texts.has(column) && !numbers.has(column) && texts.get(column)!.size);
  if (word) return `${columnName(word)} is not a number in all of these runs. Choose another axis above, or a box plot by ${columnName(word)}.`;
  if (points.length < LEAST_RUNS) return `A contour needs ${LEAST_RUNS} runs with a number in each column, and ${points.length} of these have. Choose more runs or other columns.`;
  const same = axes.find((_, at) => points.every((values) => values[at + 1] === points[0]![at + 1]));
  return same ? `${columnName(same)} is the same in all of these runs. Choose another axis above.` : null;
}
