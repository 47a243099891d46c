import { ActionIcon, Button, Switch, TextInput, Tooltip } from "@mantine/core";
import { IconDownload, IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo } from "react";
import { useCall } from "@/api/live";
import { compareRoute } from "@/app/router";
import { ChartsView } from "@/charts/ChartsView";
import { type ChartRun, useGroups } from "@/charts/runs";
import { RunsLine } from "@/charts/RunsLine";
import { csvText, save } from "@/charts/save";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import { LayoutSwitch, useLayout } from "@/components/Layouts";
import { Page } from "@/components/Page";
import { SplitPane } from "@/components/SplitPane";
import { useStable } from "@/data/stable";
import { AddRuns } from "./AddRuns";
import classes from "./ComparePage.module.css";
import { compareFacts, type FactSection, tableRows } from "./differences";
import { DifferencesTable } from "./DifferencesTable";
import { type ComparedRun, type ComparedRuns, useComparedRuns } from "./runs";
import type { CompareSearch } from "./search";

type Change = (changes: Partial<CompareSearch>, replaces?: boolean) => void;

const NO_NAMES: string[] = [];

/** Runs side by side: what differs between them, and their curves. */
export function ComparePage() {
  const search = compareRoute.useSearch();
  const navigate = compareRoute.useNavigate();
  const change: Change = useCallback(
    (changes, replaces = true) =>
      void navigate({
        search: (before) => {
          const after = { ...before, ...changes };
          for (const [name, value] of Object.entries(after)) if (value === undefined) delete after[name as keyof CompareSearch];
          return after;
        },
        replace: replaces,
      }),
    [navigate],
  );
  const ids = useStable(search.runs);
  const compared = useComparedRuns(ids);
  const { runs, experimentIds, isLoading, error, missing } = compared;
  const title = runs.length ? `${runs.length} ${runs.length === 1 ? "run" : "runs"} compared` : "Compare runs";
  useEffect(() => {
    document.title = `${title} · Headrace`;
  }, [title]);
  const layout = useLayout(search.layout);
  return (
    <Page
      fills
      crumbs={experimentIds.length > 0 && <BackLink experimentIds={experimentIds} runs={ids} />}
      title={title}
      actions={
        <>
          <AddRuns experimentIds={experimentIds} ids={ids} onAdd={(id) => change({ runs: [...ids, id] })} />
          <LayoutSwitch layout={layout} onLayout={(next) => change({ layout: next })} />
        </>
      }
    >
      {!ids.length ? (
        <Empty title="No runs to compare">
          <p>Select runs in the table of an experiment and press c. This page's address then names them, so a link to it can be shared.</p>
          <Link to="/">Go to the experiments</Link>
        </Empty>
      ) : error && !runs.length ? (
        <Failure error={error} />
      ) : isLoading ? null : !runs.length ? (
        <Empty title="None of these runs is there any more">
          <p>The address names {missing.length === 1 ? "a run" : `${missing.length} runs`} that this server does not know. They may have been deleted for good.</p>
        </Empty>
      ) : (
        <SplitPane
          share={layout === "table" ? 1 : layout === "charts" ? 0 : (search.split ?? 0.58)}
          onShare={(split) => change({ split })}
          left={<Differences compared={compared} search={search} change={change} />}
          right={<Curves compared={compared} search={search} change={change} />}
        />
      )}
    </Page>
  );
}

function BackLink({ experimentIds, runs }: { experimentIds: string[]; runs: string[] }) {
  const { data } = useCall("get_experiment", { experiment_id: experimentIds[0]! });
  const more = experimentIds.length - 1;
  return (
    <Link to="/experiments/$experimentId" params={{ experimentId: experimentIds.join(",") }} search={{ selected: runs }}>
      {data?.experiment.name ?? "Experiment"}
      {more > 0 && ` and ${more} more`}
    </Link>
  );
}

interface PartProps {
  compared: ComparedRuns;
  search: CompareSearch;
  change: Change;
}

function Differences({ compared: { runs, missing }, search, change }: PartProps) {
  const sections = useMemo(() => compareFacts(runs.map(({ facts }) => facts)), [runs]);
  const { all = false, rows: find = "", folded = NO_NAMES } = search;
  const rows = useMemo(() => tableRows(sections, { all, find, folded }), [sections, all, find, folded]);
  const differing = sections.reduce((sum, section) => sum + section.differing, 0);
  const total = sections.reduce((sum, section) => sum + section.rows.length, 0);
  return (
    <div className={classes.part}>
      <div className={classes.bar}>
        <TextInput
          className={classes.find!}
          aria-label="Find rows"
          placeholder="Find rows"
          leftSection={<IconSearch size={13} />}
          value={find}
          onChange={(event) => change({ rows: event.currentTarget.value || undefined })}
        />
        <span className={classes.count}>
          {runs.length === 1 ? "One run differs from nothing" : `${differing} of ${total} differ`}
          {missing.length > 0 && ` · ${missing.length} ${missing.length === 1 ? "run is" : "runs are"} not there any more`}
        </span>
        <Switch label="Show all" checked={all || runs.length === 1} disabled={runs.length === 1} onChange={(event) => change({ all: event.currentTarget.checked || undefined })} />
        <Tooltip label="Save as CSV">
          <ActionIcon aria-label="Save the table as CSV" onClick={() => saveTable(runs, sections, all)}>
            <IconDownload size={15} />
          </ActionIcon>
        </Tooltip>
      </div>
      {rows.length || runs.length === 1 ? (
        <DifferencesTable
          runs={runs}
          rows={runs.length === 1 ? tableRows(sections, { all: true, find, folded }) : rows}
          onFold={(group) => {
            const next = folded.includes(group) ? folded.filter((one) => one !== group) : [...folded, group];
            change({ folded: next.length ? next : undefined });
          }}
          onRemove={(id) => change({ runs: search.runs.filter((one) => one !== id) })}
          onFirst={(id) => change({ runs: [id, ...search.runs.filter((one) => one !== id)] })}
        />
      ) : (
        <Empty title={find ? "No row has these words in its name" : "These runs differ in nothing that was recorded"}>
          <Button variant="default" onClick={() => change({ all: true, rows: undefined })}>
            Show all rows
          </Button>
        </Empty>
      )}
    </div>
  );
}

function Curves({ compared: { runs, experimentIds }, search, change }: PartProps) {
  const drawn = useStable(
    runs.map(({ id, name, run: { info } }): ChartRun => ({ id, name, isLive: info.status === "RUNNING", start: info.start_time ?? null })),
  );
  const metrics = useStable([...new Set(runs.flatMap(({ run }) => run.data.metrics?.map(({ key }) => key) ?? []))]);
  const differing = useStable(
    compareFacts(runs.map(({ facts }) => facts)).flatMap(({ group, rows }) =>
      group === "Params" || group === "Tags" ? rows.filter(({ differs }) => differs).map(({ name }) => `${group.toLowerCase()}.${name}`) : [],
    ),
  );
  const experiments = useStable(experimentIds);
  const group = useStable(search.group ?? NO_NAMES);
  const grouped = useGroups(drawn, experiments, group);
  return (
    <ChartsView
      experimentIds={experiments}
      runs={grouped}
      metrics={metrics}
      columns={useMemo(() => differing.filter((column) => column.startsWith("params.")), [differing])}
      tags={useMemo(() => differing.filter((column) => column.startsWith("tags.")), [differing])}
      state={search}
      change={change}
      empty={<Empty title="These runs have no metrics yet" />}
    >
      <RunsLine
        runs={grouped}
        total={drawn.length}
        group={group}
        onGroup={(next) => change({ group: next.length ? next : undefined })}
        columns={differing}
        state={search}
        change={change}
        hasLegend={search.layout === "charts"}
      />
    </ChartsView>
  );
}

function saveTable(runs: readonly ComparedRun[], sections: readonly FactSection[], all: boolean): void {
  const rows = sections.flatMap(({ group, rows }) =>
    rows.filter(({ differs }) => all || differs).map(({ name, values }) => [group, name, ...values.map((value) => value ?? "")]),
  );
  const text = csvText([["kind", "name", ...runs.map(({ name }) => name)], ["run", "id", ...runs.map(({ id }) => id)], ...rows]);
  save("compared-runs.csv", new Blob([text], { type: "text/csv" }));
}
