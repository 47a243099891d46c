import { Button, MultiSelect, type MultiSelectProps, Popover, useComputedColorScheme } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { chartColumns, chartTitle, columnName } from "./chart-keys";
import { ChartSkeleton } from "./ChartCard";
import { cardOf, type PlotPanelProps } from "./panel";
import { type ColumnGroup, ColumnSelect, PlotCard, useColumnOptions } from "./PlotCard";
import classes from "./PlotPanel.module.css";
import { parallelDrawing, plotPoints, scatterDrawing } from "./plots";
import { useColors, useRunValues } from "./runs";
import type { Exports } from "./save";

const Plot = lazy(() => import("./Plot"));

/** A scatter plot of two columns, or parallel coordinates of several. */
export function RelationPanel({ chart, onChart, experimentIds, runs, metrics, columns, ...rest }: PlotPanelProps<"scatter" | "parallel">) {
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
    ) : rest.isFocused ? undefined : (
      <>
        <h3 title={title}>{title}</h3>
        <AxesButton columns={shown} options={options} onColumns={(columns) => onChart({ kind: "parallel", columns })} />
      </>
    );
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
          <AxesSelect className={classes.choice!} columns={shown} options={options} onColumns={(columns) => columns.length > 1 && onChart({ kind: "parallel", columns })} />
        )
      }
    >
      <Suspense fallback={<ChartSkeleton />}>
        <Plot label={`${title}: ${points.length} runs`} drawing={drawing} />
      </Suspense>
    </PlotCard>
  );
}

interface AxesProps {
  columns: string[];
  options: ColumnGroup[];
  onColumns: (columns: string[]) => void;
}

/** The axes in the head of a small card: what was chosen counts when the choice is closed. */
function AxesButton({ columns, options, onColumns }: AxesProps) {
  const [chosen, setChosen] = useState(columns);
  const finish = (): void => {
    if (chosen.length < 2) setChosen(columns);
    else if (chosen.join("\n") !== columns.join("\n")) onColumns(chosen);
  };
  return (
    <Popover position="bottom-end" width={264} trapFocus onClose={finish}>
      <Popover.Target>
        <Button variant="subtle" color="gray" size="compact-xs" aria-haspopup="dialog">
          {columns.length} axes
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Choose axes">
        <AxesSelect columns={chosen} options={options} onColumns={setChosen} comboboxProps={{ withinPortal: false }} />
      </Popover.Dropdown>
    </Popover>
  );
}

function AxesSelect({ columns, options, onColumns, ...look }: AxesProps & Pick<MultiSelectProps, "className" | "comboboxProps">) {
  return <MultiSelect {...look} size="xs" aria-label="Axes" searchable limit={100} data={options} value={columns} onChange={onColumns} />;
}
