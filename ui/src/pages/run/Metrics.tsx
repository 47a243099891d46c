import { useCall } from "@/api/live";
import type { Run } from "@/api/types";
import { formatNumber, toNumber } from "@/data/numbers";
import { quoteText } from "@/app/matching";
import { Values } from "./Values";

/** More would make the request longer than it is worth: the charts have them all. */
const WITH_BOUNDS = 300;

/** The metrics of a run: the last value of each, its least and its greatest. */
export function Metrics({ run, isRunning }: { run: Run; isRunning: boolean }) {
  const { run_id: runId, experiment_id: experimentId, lifecycle_stage: stage } = run.info;
  const metrics = (run.data.metrics ?? []).filter(({ key }) => !key.startsWith("system/"));
  const bounded = metrics.filter(({ step }) => step !== 0).slice(0, WITH_BOUNDS);
  const { data } = useCall(
    "get_run_window",
    {
      experiment_ids: [experimentId],
      filter: `run_id = ${quoteText(runId)}`,
      run_view_type: stage === "deleted" ? "DELETED_ONLY" : "ACTIVE_ONLY",
      max_results: 1,
      columns: bounded.flatMap(({ key }) => [`min(metrics.${key})`, `max(metrics.${key})`]),
    },
    { every: isRunning ? undefined : false, enabled: bounded.length > 0 },
  );
  const bound = (kind: "min" | "max", key: string): string => {
    const value = data?.numbers[`${kind}(metrics.${key})`]?.[0];
    return value === undefined || value === null ? "" : formatNumber(toNumber(value), 6);
  };
  return (
    <Values
      title="Metrics"
      empty={'headrace.log_metric("loss", 0.25) puts one here.'}
      heads={bounded.length > 0 ? ["Last", "Min", "Max", "Step"] : ["Last"]}
      values={metrics.map(({ key, value, step }) => ({
        key,
        text: formatNumber(toNumber(value), 6),
        more: bounded.length > 0 ? [bound("min", key), bound("max", key), step ? step.toLocaleString("en-US") : ""] : [],
      }))}
    />
  );
}
