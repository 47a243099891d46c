import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { call } from "@/api/client";
import { queryClient, useCall } from "@/api/live";
import type { Run } from "@/api/types";
import { notify, notifyFailure } from "@/app/notices";
import { quoteText } from "@/app/matching";
import { useRights } from "@/app/session";
import { Age } from "@/components/Age";
import { Columns } from "@/components/Columns";
import { Commit } from "@/components/Commit";
import { Copyable } from "@/components/Copyable";
import { EditableMarkdown } from "@/components/EditableMarkdown";
import { Facts } from "@/components/Facts";
import { RunStatus } from "@/components/RunStatus";
import { Section } from "@/components/Section";
import { Tags } from "@/components/Tags";
import { Children } from "./Children";
import { useRunContext } from "./context";
import { DataSets } from "./DataSets";
import { Duration } from "./Duration";
import { Environment } from "./Environment";
import { Metrics } from "./Metrics";
import classes from "./run.module.css";
import { Values } from "./Values";

const Diff = lazy(() => import("./Diff"));

const NOTE = "mlflow.note.content";

/** What a run is: notes, params and metrics at the left, where and how it ran at the right. */
export function Overview({ run }: { run: Run }) {
  const { run_id: runId, status, lost: isLost, start_time: start, end_time: end, user_id: user } = run.info;
  const { params = [], tags = [] } = run.data;
  const isRunning = status === "RUNNING" && !isLost;
  const context = useRunContext(runId, isRunning);
  const [isDiff, setDiff] = useState(false);
  const { mayWrite } = useRights();
  const tag = (key: string): string | undefined => tags.find((one) => one.key === key)?.value;
  const set = async (key: string, value: string): Promise<void> => attempt(() => call("set_tag", { run_id: runId, key, value }), `Set ${key}`);
  const git = context?.git;
  const command = context?.command;
  const commit = git?.commit ?? tag("mlflow.source.git.commit");
  return (
    <Columns>
      <div>
        <Section title="Notes">
          <EditableMarkdown label="Note" text={tag(NOTE) ?? ""} onSave={mayWrite ? (text) => set(NOTE, text) : undefined} />
        </Section>
        <Metrics run={run} isRunning={isRunning} />
        <Values title="Params" empty={'headrace.log_param("lr", 0.01) puts one here.'} values={params.map(({ key, value }) => ({ key, text: value }))} />
        <Section title="Tags">
          <Tags
            tags={tags.filter(({ key }) => !key.startsWith("mlflow."))}
            onSet={mayWrite ? (key, value) => void set(key, value) : undefined}
            onDelete={mayWrite ? (key) => void attempt(() => call("delete_tag", { run_id: runId, key }), `Removed ${key}`) : undefined}
          />
        </Section>
      </div>
      <div>
        <Section title="Run">
          <Facts
            facts={[
              ["Status", <RunStatus key="status" status={status ?? "RUNNING"} isLost={isLost ?? false} withWord />],
              ["Started", start !== undefined && <Age moment={start} />],
              ["Duration", start !== undefined && <Duration key="duration" start={start} end={isRunning ? null : (end ?? start)} />],
              ["By", user],
              ["Host", command?.host],
              ["Started again", context && context.sessions > 1 && `${context.sessions - 1} times`],
              ["Parent", tag("mlflow.parentRunId") && <RunLink runId={tag("mlflow.parentRunId")!} experimentId={run.info.experiment_id} />],
              ["Run id", <Copyable key="id" text={runId} label="the run's id" />],
              ["Artifacts", run.info.artifact_uri && <Copyable key="uri" text={run.info.artifact_uri} label="where the artifacts are" />],
            ]}
          />
        </Section>
        <Children runId={runId} experimentId={run.info.experiment_id} />
        <Section title="Code">
          <Facts
            facts={[
              ["Command", (command?.entry ?? tag("mlflow.source.name")) && <Copyable text={[command?.entry ?? tag("mlflow.source.name"), ...(command?.arguments ?? [])].join(" ")} label="the command" />],
              ["Folder", command?.folder && <span className={classes.mono}>{command.folder}</span>],
              ["Commit", commit && <Commit commit={commit} remote={git?.remote ?? tag("mlflow.source.git.repoURL")} />],
              ["Branch", git?.branch ?? tag("mlflow.source.git.branch")],
              ["Remote", git?.remote && <span className={classes.mono}>{git.remote}</span>],
              [
                "Changes",
                git?.is_dirty && (
                  <button type="button" className={classes.link} onClick={() => setDiff(true)}>
                    Show what was not committed
                  </button>
                ),
              ],
            ]}
          />
        </Section>
        {context && <Environment context={context} />}
        <DataSets inputs={run.inputs.dataset_inputs ?? []} />
        <Versions runId={runId} />
        <LoggedModels run={run} />
      </div>
      {isDiff && (
        <Suspense>
          <Diff runId={runId} onClose={() => setDiff(false)} />
        </Suspense>
      )}
    </Columns>
  );
}

/** Versions of models that were registered from a run. */
function Versions({ runId }: { runId: string }) {
  const { data } = useCall("search_model_versions", { filter: `run_id = ${quoteText(runId)}`, max_results: 50 }, { keep: false });
  if (!data?.model_versions?.length) return null;
  return (
    <Section title="Registered as">
      {data.model_versions.map(({ name, version, aliases }) => (
        <div key={`${name} ${version}`} className={classes.version}>
          <Link to="/models/$name/versions/$version" params={{ name, version }}>
            {name} version {version}
          </Link>{" "}
          <span className={classes.quiet}>{aliases?.map((alias) => `@${alias}`).join(" ")}</span>
        </div>
      ))}
    </Section>
  );
}

/** Models that a run logged, or used. */
function LoggedModels({ run }: { run: Run }) {
  const { run_id: runId, experiment_id: experimentId } = run.info;
  const used = run.inputs.model_inputs ?? [];
  const hasLogged = (run.outputs?.model_outputs?.length ?? 0) > 0;
  const { data } = useCall(
    "search_logged_models",
    { experiment_ids: [experimentId], filter: `source_run_id = ${quoteText(runId)}`, max_results: 50 },
    { enabled: hasLogged, keep: false },
  );
  if (!data?.models?.length && used.length === 0) return null;
  const steps = new Map(run.outputs?.model_outputs?.map(({ model_id: id, step }) => [id, step]));
  return (
    <Section title="Logged models">
      {data?.models?.map(({ info }) => (
        <div key={info.model_id} className={classes.model}>
          <Link to="/experiments/$experimentId/models/$modelId" params={{ experimentId: info.experiment_id, modelId: info.model_id }}>
            {info.name || info.model_id}
          </Link>
          <span className={classes.quiet}>
            {[info.model_type, steps.get(info.model_id) ? `step ${steps.get(info.model_id)}` : ""].filter(Boolean).join(" · ")}
          </span>
        </div>
      ))}
      {used.map(({ model_id: id }) => (
        <div key={id} className={classes.model}>
          <Link to="/experiments/$experimentId/models/$modelId" params={{ experimentId, modelId: id }}>
            {id}
          </Link>
          <span className={classes.quiet}>used</span>
        </div>
      ))}
    </Section>
  );
}

function RunLink({ runId, experimentId }: { runId: string; experimentId: string }) {
  const { data } = useCall("get_run", { run_id: runId }, { every: false, keep: false });
  return (
    <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId: data?.run.info.experiment_id ?? experimentId, runId }}>
      {data?.run.info.run_name || runId}
    </Link>
  );
}

async function attempt(make: () => Promise<unknown>, done: string): Promise<void> {
  try {
    await make();
    await queryClient.invalidateQueries({ queryKey: ["get_run"] });
    notify(done);
  } catch (error) {
    notifyFailure(error);
  }
}
