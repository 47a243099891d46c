import { ActionIcon, Tooltip } from "@mantine/core";
import { IconSortAscending, IconSortDescending } from "@tabler/icons-react";
import { useMemo } from "react";
import { BarChart } from "./BarChart";
import { byValue, countBars, valueBars } from "./bars";
import { bucketsOf } from "./buckets";
import { chartTitle, columnName, isMetric } from "./chart-keys";
import { drawBars, pageColors } from "./drawing";
import { cardOf, type PlotPanelProps } from "./panel";
import { ColumnSelect, PlotCard, useColumnOptions } from "./PlotCard";
import classes from "./PlotPanel.module.css";
import { groupsByRun, useColors, useRunValues } from "./runs";
import type { Exports } from "./save";

/** Bars of a metric, for each run or for the mean of each group; or of how many runs have which value of a param. */
export function BarPanel({ chart, onChart, experimentIds, runs, metrics, columns, tags, spread, ...rest }: PlotPanelProps<"bar">) {
  const { column, isRising = false } = chart;
  const color = useColors(runs);
  const shown = useMemo(() => [column], [column]);
  const ids = useMemo(() => runs.map(({ id }) => id), [runs]);
  const values = useRunValues(experimentIds, ids, shown);
  const isCount = !isMetric(column);
  const buckets = useMemo(() => (isCount ? bucketsOf(ids, values, column) : []), [isCount, ids, values, column]);
  const bars = useMemo(() => {
    // A scale of numbers keeps its order; other values have none, and stand by how many runs have them.
    const isScale = values.numbers.has(column);
    const made = isCount ? countBars(buckets, "var(--accent)") : valueBars(runs, values.numbers.get(column) ?? new Map(), color, spread);
    const ordered = isCount && !isScale ? made.sort(byValue) : made;
    return isRising ? ordered.toReversed() : ordered;
  }, [isCount, buckets, runs, values, column, color, spread, isRising]);
  const members = useMemo(
    () => (isCount ? new Map(buckets.flatMap(({ name, ids }) => ids.map((id) => [id, name] as const))) : groupsByRun(runs)),
    [isCount, buckets, runs],
  );
  const hasValues = isCount ? (values.texts.get(column)?.size ?? 0) > 0 : bars.length > 0;
  const options = useColumnOptions(shown, { params: columns, tags, metrics });
  const title = chartTitle(chart);
  const name = columnName(column);
  const exports = useMemo((): Exports | undefined => {
    if (!hasValues) return undefined;
    const isGrouped = bars.some((bar) => bar.spread);
    const head = isCount ? [name, "runs"] : isGrouped ? ["group", `mean ${name}`, "low", "high"] : ["run_id", "run", name];
    return {
      svg: () => drawBars(title, isCount ? bars.map((bar) => ({ ...bar, color: pageColors().accent })) : bars),
      rows: () => [head, ...bars.map(({ id, name, value, spread }) => (isCount ? [name, value] : spread ? [name, value, ...spread] : [id, name, value]))],
    };
  }, [bars, hasValues, isCount, name, title]);
  const order = isRising ? "Greatest first" : "Least first";
  return (
    <PlotCard
      {...cardOf(rest)}
      title={title}
      exports={exports}
      isLoading={!hasValues && (values.isLoading || values.isOlder)}
      note={hasValues ? null : `None of these runs has ${name}. Choose another column or other runs.`}
      controls={
        <div className={classes.axes}>
          {isCount && <span>Runs by</span>}
          <ColumnSelect label="Column" options={options} value={column} onChange={(next) => onChart({ kind: "bar", column: next, ...(isRising ? { isRising } : {}) })} />
          <Tooltip label={order}>
            <ActionIcon aria-label={`${order}: ${title}`} onClick={() => onChart(isRising ? { kind: "bar", column } : { kind: "bar", column, isRising: true })}>
              {isRising ? <IconSortAscending size={15} /> : <IconSortDescending size={15} />}
            </ActionIcon>
          </Tooltip>
        </div>
      }
    >
      <BarChart title={title} bars={bars} groups={members} marks={!isCount} />
    </PlotCard>
  );
}
