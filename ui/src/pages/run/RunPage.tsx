import { Button, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { call } from "@/api/client";
import { LIVE, queryClient, useCall } from "@/api/live";
import type { Run } from "@/api/types";
import { useActions } from "@/app/actions";
import { notify, notifyFailure } from "@/app/notices";
import { useRights } from "@/app/session";
import { DeletedMark } from "@/components/DeletedMark";
import { Missing } from "@/components/Missing";
import { Page } from "@/components/Page";
import { PageTabs } from "@/components/PageTabs";
import { RunStatus } from "@/components/RunStatus";
import { FileBrowser } from "@/files/FileBrowser";
import { RegisterDialog } from "@/pages/models/RegisterDialog";
import { LogsTab } from "./LogsTab";
import { Overview } from "./Overview";
import { parsePlace, TABS, type Place, writePlace } from "./place";
import { RenameRun } from "./RenameRun";
import classes from "./run.module.css";

const Diff = lazy(() => import("./Diff"));
const ImagesTab = lazy(() => import("./ImagesTab"));
const LineageView = lazy(async () => ({ default: (await import("@/pages/lineage/LineageView")).LineageView }));
const MetricsTab = lazy(async () => ({ default: (await import("./MetricsTab")).MetricsTab }));

const LABELS = { overview: "Overview", metrics: "Metrics", system: "System metrics", logs: "Logs", artifacts: "Artifacts", lineage: "Lineage", images: "Images" };

/** The tag of runs that logged series of images. */
const IMAGES = "mlflow.loggedImages";

/** One run: what it is, its curves, what it printed, and its files. */
export function RunPage() {
  const { experimentId: named = "", runId = "", _splat } = useParams({ strict: false });
  const place = parsePlace(_splat);
  const navigate = useNavigate();
  const { data, error } = useCall("get_run", { run_id: runId }, { every: LIVE, keep: false });
  const run = data?.run;
  // A link may name another experiment than the one in which the run is now.
  const experimentId = run?.info.experiment_id ?? named;
  const experiment = useCall("get_experiment", { experiment_id: experimentId }).data?.experiment;
  const name = run?.info.run_name || runId;
  const hasImages = run?.data.tags?.some(({ key }) => key === IMAGES) ?? false;
  const tabs = TABS.filter((tab) => tab !== "images" || hasImages || place.tab === "images");
  useEffect(() => {
    document.title = `${name} · Headrace`;
  }, [name]);
  const go = (next: Place): void =>
    void navigate({
      to: "/experiments/$experimentId/runs/$runId/$",
      params: { experimentId, runId, _splat: writePlace(next) },
      replace: next.tab === place.tab,
    });
  useActions(tabs.map((tab, index) => ({ id: `run.${tab}`, label: `Show ${LABELS[tab].toLowerCase()}`, keys: String(index + 1), section: "Run", run: () => go({ tab, path: "" }) })));
  return (
    <Page
      fills
      crumbs={
        <Link to="/experiments/$experimentId" params={{ experimentId }} title={experiment?.name}>
          {experiment?.name ?? experimentId}
        </Link>
      }
      title={
        <span className={classes.title}>
          {run && <RunStatus status={run.info.status ?? "RUNNING"} isLost={run.info.lost ?? false} />}
          <span title={name}>{name}</span>
          {run?.info.lifecycle_stage === "deleted" && <DeletedMark />}
        </span>
      }
      actions={run && <RunActions run={run} />}
      error={run ? null : error}
      missing={
        <Missing what={`run ${runId}`}>
          <Link to="/experiments/$experimentId" params={{ experimentId: named }}>
            Go to its experiment
          </Link>
        </Missing>
      }
    >
      {run && (
        <PageTabs
          value={place.tab}
          onChange={(tab) => go({ tab, path: "" })}
          tabs={tabs.map((tab) => ({
            value: tab,
            label: LABELS[tab],
            fills: tab !== "overview" && tab !== "images",
            show: () => <Content run={run} place={place} onPath={(path) => go({ ...place, path })} />,
          }))}
        />
      )}
    </Page>
  );
}

/** What a tab shows. */
function Content({ run, place: { tab, path }, onPath }: { run: Run; place: Place; onPath: (path: string) => void }) {
  const { run_id: runId, status, lost: isLost } = run.info;
  if (tab === "overview") return <Overview run={run} />;
  if (tab === "logs") return <LogsTab runId={runId} />;
  if (tab === "artifacts") return <RunFiles run={run} path={path} onPath={onPath} />;
  if (tab === "lineage") return <LineageView key={runId} kind="run" id={runId} />;
  if (tab === "images") return <ImagesTab runId={runId} experimentId={run.info.experiment_id} isLive={status === "RUNNING" && !isLost} />;
  return <MetricsTab run={run} kind={tab === "system" ? "system" : "own"} />;
}

/** The files of a run; a folder among them can be registered as a model. */
function RunFiles({ run, path, onPath }: { run: Run; path: string; onPath: (path: string) => void }) {
  const [registered, setRegistered] = useState<string | null>(null);
  const { mayWrite, whyNot } = useRights();
  const { run_id: runId, artifact_uri: artifactUri } = run.info;
  return (
    <>
      <FileBrowser
        owner={{ run_id: runId }}
        path={path}
        onPath={onPath}
        actions={(shown, isFolder) =>
          isFolder && (
            <Button variant="default" disabled={!mayWrite} title={mayWrite ? undefined : whyNot} onClick={() => setRegistered(shown)}>
              Register this folder
            </Button>
          )
        }
      />
      {registered !== null && <RegisterDialog runId={runId} artifactUri={artifactUri ?? ""} path={registered} onClose={() => setRegistered(null)} />}
    </>
  );
}

function RunActions({ run }: { run: Run }) {
  const [dialog, setDialog] = useState<"register" | "rename" | "diff" | null>(null);
  const { run_id: runId, artifact_uri: artifactUri, lifecycle_stage: stage } = run.info;
  const { mayWrite, whyNot } = useRights();
  const rights = { disabled: !mayWrite, title: mayWrite ? undefined : whyNot };
  const close = (): void => setDialog(null);
  const remove = async (): Promise<void> => {
    try {
      const { operation_id: operation } = await call(stage === "deleted" ? "restore_runs" : "delete_runs", { run_ids: [runId] });
      await queryClient.invalidateQueries();
      notify(stage === "deleted" ? "Restored the run" : "Deleted the run", operation ? { action: { label: "Undo", run: () => void undo(operation) } } : {});
    } catch (error) {
      notifyFailure(error);
    }
  };
  useActions([
    ...(mayWrite
      ? [
          { id: "run.register", label: "Register files of the run as a model", section: "Run", run: () => setDialog("register") },
          { id: "run.rename", label: "Rename the run", section: "Run", run: () => setDialog("rename") },
        ]
      : []),
    { id: "run.diff", label: "Show the uncommitted changes", keys: "d", section: "Run", run: () => setDialog("diff") },
  ]);
  return (
    <>
      <Button variant="default" {...rights} className={classes.besides!} onClick={() => setDialog("register")}>
        Register model
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" aria-label="More about the run">
            <IconDots size={15} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item {...rights} className={classes.onPhone!} onClick={() => setDialog("register")}>
            Register model
          </Menu.Item>
          <Menu.Item {...rights} onClick={() => setDialog("rename")}>
            Rename
          </Menu.Item>
          <Menu.Item onClick={() => setDialog("diff")}>Uncommitted changes</Menu.Item>
          <Menu.Item {...rights} color={stage === "deleted" ? undefined : "red"} onClick={() => void remove()}>
            {stage === "deleted" ? "Restore" : "Delete"}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === "register" && <RegisterDialog runId={runId} artifactUri={artifactUri ?? ""} path="model" onClose={close} />}
      {dialog === "rename" && <RenameRun runId={runId} name={run.info.run_name ?? ""} onClose={close} />}
      {dialog === "diff" && (
        <Suspense>
          <Diff runId={runId} onClose={close} />
        </Suspense>
      )}
    </>
  );
}

async function undo(operation: string): Promise<void> {
  try {
    await call("undo_operation", { operation_id: operation });
    await queryClient.invalidateQueries();
    notify("Taken back");
  } catch (error) {
    notifyFailure(error);
  }
}
