import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import type { Run } from "@/api/types";
import { ChartsView } from "@/charts/ChartsView";
import type { ChangeCharts, ChartState } from "@/charts/state";
import { Code } from "@/components/Code";
import { Empty } from "@/components/Empty";

const SYSTEM = "system/";

/** The curves of a run: its own metrics, or those of the machine. */
export function MetricsTab({ run, kind }: { run: Run; kind: "own" | "system" }) {
  const state = useSearch({ strict: false }) as ChartState;
  const navigate = useNavigate();
  const change = useCallback<ChangeCharts>(
    (changes, replaces = true) => {
      const search = (before: object): object =>
        Object.fromEntries(Object.entries({ ...before, ...changes }).filter(([, value]) => value !== undefined));
      void navigate({ to: ".", search: search as never, replace: replaces });
    },
    [navigate],
  );
  const { run_id: id, run_name: name, status, lost, start_time: start, experiment_id: experimentId } = run.info;
  const isLive = status === "RUNNING" && !lost;
  const runs = useMemo(() => [{ id, name: name || id, isLive, start: start ?? null }], [id, name, isLive, start]);
  const keys = (run.data?.metrics ?? []).map(({ key }) => key).filter((key) => key.startsWith(SYSTEM) === (kind === "system"));
  const text = keys.join("\n"); // the list is made anew at each look, most often with the same keys
  const metrics = useMemo(() => (text ? text.split("\n") : []), [text]);
  const experiments = useMemo(() => [experimentId], [experimentId]);
  return (
    <ChartsView
      experimentIds={experiments}
      runs={runs}
      metrics={metrics}
      columns={NONE}
      hasImages={kind === "own"}
      // What folds the section of the system's metrics beside others would leave their own tab empty.
      state={kind === "system" ? { ...state, toggled: [...(state.toggled ?? []), "system"] } : state}
      change={change}
      empty={
        kind === "system" ? (
          <Empty title="The machine was not watched">
            <p>Processor, memory, disk, network and GPUs are recorded where that is asked for:</p>
            <Code text="headrace.enable_system_metrics_logging()" />
          </Empty>
        ) : (
          <Empty title="No metric was logged yet">
            <Code text={'headrace.log_metric("loss", 0.25, step=1)'} />
          </Empty>
        )
      }
    />
  );
}

const NONE: readonly string[] = [];
