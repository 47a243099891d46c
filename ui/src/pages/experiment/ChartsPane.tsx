import { useEffect, useMemo, useState } from "react";
import { CALM, LIVE, useCall } from "@/api/live";
import { ChartsView } from "@/charts/ChartsView";
import { type ChartRun, filterOfRuns, useGroups } from "@/charts/runs";
import { RunsLine } from "@/charts/RunsLine";
import { Code } from "@/components/Code";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import { useStable } from "@/data/stable";
import { useShownRuns } from "./shown";
import { useExperimentState } from "./state";
import { FirstSteps } from "./table/FirstSteps";
import { fieldText, type Kind, parseField } from "./table/fields";

/** So many runs of the table are shown if none is selected. */
const MOST = 100;

/** Of more metrics than these, new ones are looked for less often. */
const MOST_LIVE_KEYS = 500;

const NO_NAMES: string[] = [];

/** The charts of the runs that the table shows. */
export default function ChartsPane() {
  const { experimentIds, search, change } = useExperimentState();
  const shown = useShownRuns(search.most ?? MOST);
  const runs = useStable(
    shown.runs.map(({ run_id, name, status, start_time }): ChartRun => ({ id: run_id, name, isLive: status === "RUNNING", start: start_time })),
  );
  const ids = useMemo(() => runs.map(({ id }) => id), [runs]);
  const isLive = runs.length <= MOST && runs.some((run) => run.isLive);
  const [isLarge, setLarge] = useState(false);
  const keys = useCall(
    "get_run_keys",
    { experiment_ids: experimentIds, filter: filterOfRuns(ids), run_view_type: "ALL", max_keys: 50_000 },
    { every: isLive && !isLarge ? LIVE : CALM, enabled: ids.length > 0 },
  );
  useEffect(() => setLarge((keys.data?.metric_count ?? 0) > MOST_LIVE_KEYS), [keys.data]);
  const metrics = useStable(keys.data?.metrics.map(({ key }) => key) ?? NO_NAMES);
  const columns = useStable(keys.data?.params.filter(({ distinct }) => distinct > 1).map(({ key }) => `params.${key}`) ?? NO_NAMES);
  const tags = useStable(keys.data?.tags.filter(({ distinct }) => distinct > 1).map(({ key }) => `tags.${key}`) ?? NO_NAMES);
  const group = useStable((search.group ?? NO_NAMES).map(columnOf));
  const grouped = useGroups(runs, experimentIds, group);
  const isLoading = shown.isLoading || keys.isLoading;
  // Where there is a table, it says how to begin.
  const isFirst = !isLoading && !shown.total && search.layout === "charts" && !search.filter && !search.selected?.length && !search.deleted;
  const grouping = useMemo(() => [...columns, ...tags], [columns, tags]);
  return (
    <ChartsView
      experimentIds={experimentIds}
      runs={grouped}
      metrics={metrics}
      columns={columns}
      tags={tags}
      state={search}
      change={change}
      empty={keys.error ? <Failure error={keys.error} /> : isLoading ? null : <NoCharts hasRuns={runs.length > 0} isFirst={isFirst} />}
    >
      {!isFirst && (
        <RunsLine
          runs={grouped}
          total={shown.total}
          onMost={search.selected?.length ? undefined : (most) => change({ most: most === MOST ? undefined : most })}
          group={group}
          onGroup={(next) => change({ group: next.length ? next.map(fieldOf) : undefined })}
          columns={grouping}
          state={search}
          change={change}
          hasLegend={search.layout === "charts"}
        />
      )}
    </ChartsView>
  );
}

/** Returns the column that a field of the search language names: the same, but the key without quotes. */
function columnOf(field: string): string {
  const { kind, key } = parseField(field);
  return `${kind}.${key}`;
}

function fieldOf(column: string): string {
  const dot = column.indexOf(".");
  return fieldText({ kind: column.slice(0, dot) as Kind, key: column.slice(dot + 1) });
}

function NoCharts({ hasRuns, isFirst }: { hasRuns: boolean; isFirst: boolean }) {
  if (isFirst) return <FirstSteps />;
  if (!hasRuns) return <Empty title="No runs to draw">Charts show the selected runs, or the first ones of the table.</Empty>;
  return (
    <Empty title="These runs have no metrics yet">
      <p>A metric that is logged with steps becomes a curve, one without a bar:</p>
      <Code text={'headrace.log_metric("train/loss", loss, step=step)'} />
    </Empty>
  );
}
