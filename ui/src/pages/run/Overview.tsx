import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { call } from "@/api/client";
import { queryClient, useCall } from "@/api/live";
import type { Run } from "@/api/types";
import { notify, notifyFailure } from "@/app/notices";
import { quoteText } from "@/app/matching";
import { Age } from "@/components/Age";
import { EditableMarkdown } from "@/components/EditableMarkdown";
import { Facts } from "@/components/Facts";
import { RunStatus } from "@/components/RunStatus";
import { Section } from "@/components/Section";
import { Tags } from "@/components/Tags";
import { formatNumber, toNumber } from "@/data/numbers";
import { formatDuration } from "@/data/times";
import { useRunContext } from "./context";
import { Environment } from "./Environment";
import { commitUrl } from "./context";
import classes from "./run.module.css";
import { Values } from "./Values";

const Diff = lazy(() => import("./Diff"));

const NOTE = "mlflow.note.content";

/** What a run is: notes, params and metrics at the left, where and how it ran at the right. */
export function Overview({ run }: { run: Run }) {
  const { run_id: runId, status, lost: isLost, start_time: start, end_time: end, user_id: user } = run.info;
  const { params = [], metrics = [], tags = [] } = run.data ?? {};
  const isRunning = status === "RUNNING" && !isLost;
  const context = useRunContext(runId, isRunning);
  const [isDiff, setDiff] = useState(false);
  const tag = (key: string): string | undefined => tags.find((one) => one.key === key)?.value;
  const set = async (key: string, value: string): Promise<void> => attempt(() => call("set_tag", { run_id: runId, key, value }), `Set ${key}`);
  const git = context?.git;
  const command = context?.command;
  const commit = git?.commit ?? tag("mlflow.source.git.commit");
  const url = commitUrl(git?.remote, commit);
  const sources = run.inputs?.dataset_inputs ?? [];
  return (
    <div className={classes.columns}>
      <div>
        <Section title="Notes">
          <EditableMarkdown label="Note" text={tag(NOTE) ?? ""} onSave={(text) => set(NOTE, text)} />
        </Section>
        <Values
          title="Metrics"
          empty={'headrace.log_metric("loss", 0.25) puts one here.'}
          values={metrics.filter(({ key }) => !key.startsWith("system/")).map(({ key, value, step }) => ({ key, text: formatNumber(toNumber(value), 6), note: step ? `step ${step}` : "" }))}
        />
        <Values title="Params" empty={'headrace.log_param("lr", 0.01) puts one here.'} values={params.map(({ key, value }) => ({ key, text: value }))} />
        <Section title="Tags">
          <Tags
            tags={tags.filter(({ key }) => !key.startsWith("mlflow."))}
            onSet={(key, value) => void set(key, value)}
            onDelete={(key) => void attempt(() => call("delete_tag", { run_id: runId, key }), `Removed ${key}`)}
          />
        </Section>
      </div>
      <div>
        <Section title="Run">
          <Facts
            facts={[
              ["Status", <RunStatus key="status" status={status ?? "RUNNING"} isLost={isLost ?? false} withWord />],
              ["Started", start !== undefined && <Age moment={start} />],
              ["Duration", start !== undefined && formatDuration((end || Date.now()) - start)],
              ["By", user],
              ["Host", command?.host],
              ["Started again", context && context.sessions > 1 && `${context.sessions - 1} times`],
              ["Parent", tag("mlflow.parentRunId") && <RunLink runId={tag("mlflow.parentRunId")!} experimentId={run.info.experiment_id} />],
              ["Run id", <span key="id" className={classes.mono}>{runId}</span>],
              ["Artifacts", <span key="uri" className={classes.mono}>{run.info.artifact_uri}</span>],
            ]}
          />
        </Section>
        <Section title="Code">
          <Facts
            facts={[
              ["Command", (command?.entry ?? tag("mlflow.source.name")) && <span className={classes.mono}>{[command?.entry ?? tag("mlflow.source.name"), ...(command?.arguments ?? [])].join(" ")}</span>],
              ["Folder", command?.folder && <span className={classes.mono}>{command.folder}</span>],
              [
                "Commit",
                commit && (
                  <span className={classes.mono}>
                    {url ? (
                      <a href={url} target="_blank" rel="noreferrer noopener">
                        {commit.slice(0, 12)}
                      </a>
                    ) : (
                      commit.slice(0, 12)
                    )}
                  </span>
                ),
              ],
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
        {sources.length > 0 && (
          <Section title="Data sets">
            <Facts
              facts={sources.map(({ dataset, tags: inputTags }) => [
                inputTags?.find(({ key }) => key === "mlflow.data.context")?.value || "used",
                <span key={dataset.digest}>
                  {dataset.name} <span className={classes.quiet}>{dataset.digest}</span>
                </span>,
              ])}
            />
          </Section>
        )}
        <Versions runId={runId} />
        <Children run={run} />
      </div>
      {isDiff && (
        <Suspense>
          <Diff runId={runId} onClose={() => setDiff(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** Versions of models that were registered from a run. */
function Versions({ runId }: { runId: string }) {
  const { data } = useCall("search_model_versions", { filter: `run_id = ${quoteText(runId)}`, max_results: 50 }, { keep: false });
  if (!data?.model_versions?.length) return null;
  return (
    <Section title="Registered as">
      {data.model_versions.map(({ name, version, aliases }) => (
        <div key={`${name} ${version}`}>
          <Link to="/models/$name/versions/$version" params={{ name, version }}>
            {name} version {version}
          </Link>{" "}
          <span className={classes.quiet}>{aliases?.map((alias) => `@${alias}`).join(" ")}</span>
        </div>
      ))}
    </Section>
  );
}

const CHILDREN = 50;

function Children({ run }: { run: Run }) {
  const { run_id: runId, experiment_id: experimentId } = run.info;
  const { data } = useCall("get_run_window", { experiment_ids: [experimentId], filter: `tags.mlflow.parentRunId = ${quoteText(runId)}`, max_results: CHILDREN }, { keep: false });
  if (!data?.total) return null;
  return (
    <Section title={`Children (${data.total})`}>
      {data.run_id.map((id, index) => (
        <div key={id} className={classes.title} style={{ display: "flex", padding: "2px 0" }}>
          <RunStatus status={data.status[index]!} isLost={data.is_lost[index]!} />
          <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId: data.experiment_id[index]!, runId: id }}>
            {data.run_name[index] || id}
          </Link>
        </div>
      ))}
      {data.total > CHILDREN && <span className={classes.quiet}>and {data.total - CHILDREN} more, in the tree of the experiment's table</span>}
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
