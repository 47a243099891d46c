import { useEffect, useMemo, useState } from "react";
import { CALM, useCall } from "@/api/live";
import { formatNumber, toNumber } from "@/data/numbers";
import { chartTitle, columnName } from "./chart-keys";
import { drawImportance, importanceRows } from "./importance-drawing";
import { type Importance, type ImportanceRequest, LEAST_RUNS } from "./importance";
import { ImportanceTable } from "./ImportanceTable";
import { cardOf, type PlotPanelProps } from "./panel";
import { ColumnSelect, PlotCard, useColumnOptions } from "./PlotCard";
import classes from "./PlotPanel.module.css";
import { filterOfRuns } from "./runs";
import type { Exports } from "./save";

/** So many params are looked at: those of the most runs. */
const MOST_PARAMS = 200;

/** How much each param tells of a metric. */
export function ImportancePanel({ chart, onChart, onAdd, experimentIds, runs, metrics, columns, ...rest }: PlotPanelProps<"importance">) {
  const { value } = chart;
  const params = useMemo(() => columns.slice(0, MOST_PARAMS), [columns]);
  const { data, error } = useCall(
    "get_run_window",
    { experiment_ids: [...experimentIds], filter: filterOfRuns(runs.map(({ id }) => id)), run_view_type: "ALL", max_results: Math.max(1, runs.length), columns: [value, ...params] },
    // All params of many runs are much to read again and again: where nothing runs, once a minute is soon enough.
    { every: runs.some(({ isLive }) => isLive) ? CALM : 60_000, enabled: runs.length > 0 },
  );
  const request = useMemo((): ImportanceRequest | null => {
    const metric = data?.numbers?.[value];
    if (!data || !metric) return null;
    const texts = Object.fromEntries(params.flatMap((param) => (data.texts?.[param] ? [[param, data.texts[param]] as const] : [])));
    return { ids: data.run_id, metric: metric.map((one) => (one === null ? null : toNumber(one))), params: texts };
  }, [data, value, params]);
  const { importance, isMeasuring } = useImportance(request, value);
  const shown = useMemo(() => [value], [value]);
  const options = useColumnOptions(shown, { metrics });
  const title = chartTitle(chart);
  const name = columnName(value);
  const exports = useMemo((): Exports | undefined => {
    if (!importance?.params.length) return undefined;
    return { svg: () => drawImportance(title, importance), rows: () => importanceRows(importance) };
  }, [importance, title]);
  return (
    <PlotCard
      {...cardOf(rest)}
      title={title}
      exports={exports}
      isLoading={!importance && !error && runs.length > 0 && (!request || isMeasuring)}
      note={error && !importance ? error.message : noteOn(importance, name, runs.length)}
      foot={importance && footOf(importance, columns.length - params.length)}
      controls={
        <div className={classes.axes}>
          <span>Importance for</span>
          <ColumnSelect label="Metric" options={options} value={value} onChange={(next) => onChart({ kind: "importance", value: next })} />
        </div>
      }
    >
      {importance && <ImportanceTable title={title} importance={importance} onParam={(param) => onAdd({ kind: "scatter", x: param, y: value })} />}
    </PlotCard>
  );
}

interface Measured {
  of: ImportanceRequest;
  metric: string;
  importance: Importance | null;
}

/** Measures in a worker: the last result of a metric stays until the next one is there. */
function useImportance(request: ImportanceRequest | null, metric: string): { importance: Importance | null; isMeasuring: boolean } {
  const [measured, setMeasured] = useState<Measured | null>(null);
  useEffect(() => {
    if (!request) return;
    const worker = new Worker(new URL("./importance-worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Importance | null>) => {
      setMeasured({ of: request, metric, importance: data });
      worker.terminate();
    };
    worker.postMessage(request);
    return () => worker.terminate();
  }, [request, metric]);
  return { importance: measured?.metric === metric ? measured.importance : null, isMeasuring: measured?.of !== request };
}

function noteOn(importance: Importance | null, name: string, runs: number): string | null {
  if (!importance) {
    const advice = runs < LEAST_RUNS ? "Choose more runs." : `Fewer of the ${formatNumber(runs)} shown have a value, or all have the same: choose other runs or another metric.`;
    return `Importance needs ${LEAST_RUNS} runs that differ in ${name}. ${advice}`;
  }
  return importance.params.length ? null : "These runs differ in no param. Log what you change: headrace.log_params({…}).";
}

function footOf({ runs, explained, constants, names }: Importance, unseen: number): string {
  const share = explained > 0 ? `${Math.round(100 * explained)} %` : "nothing";
  const parts = [`Params explain ${share} of the order of ${formatNumber(runs)} runs.`];
  if (names.length) parts.push(`Left out, another text in nearly each run: ${names.map(columnName).join(", ")}.`);
  if (constants.length) parts.push(`Left out, the same in all: ${constants.map(columnName).join(", ")}.`);
  if (unseen > 0) parts.push(`${unseen} more params are not looked at.`);
  return parts.join(" ");
}
