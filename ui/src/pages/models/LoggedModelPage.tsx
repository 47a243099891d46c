import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, useEffect } from "react";
import { useCall } from "@/api/live";
import type { LoggedModel } from "@/api/types";
import { loggedModelRoute } from "@/app/router";
import { Age } from "@/components/Age";
import { Columns } from "@/components/Columns";
import { Copyable } from "@/components/Copyable";
import { Facts } from "@/components/Facts";
import { Missing } from "@/components/Missing";
import { Page } from "@/components/Page";
import { PageTabs } from "@/components/PageTabs";
import { Section } from "@/components/Section";
import { Tags } from "@/components/Tags";
import { formatNumber, toNumber } from "@/data/numbers";
import { FileBrowser } from "@/files/FileBrowser";
import { Values } from "@/pages/run/Values";
import classes from "./models.module.css";

const LineageView = lazy(async () => ({ default: (await import("@/pages/lineage/LineageView")).LineageView }));

/** A model that a run logged: its params and metrics, where it came from and went, and its files. */
export function LoggedModelPage() {
  const { experimentId, modelId } = loggedModelRoute.useParams();
  const { tab = "overview", path = "" } = loggedModelRoute.useSearch();
  const { data, error } = useCall("get_logged_model", { model_id: modelId, allow_deleted: true }, { keep: false });
  const experiment = useCall("get_experiment", { experiment_id: experimentId }).data?.experiment;
  const navigate = useNavigate();
  const model = data?.model;
  const name = model?.info.name || modelId;
  useEffect(() => {
    document.title = `${name} · Headrace`;
  }, [name]);
  return (
    <Page
      fills
      crumbs={
        <Link to="/experiments/$experimentId" params={{ experimentId }}>
          {experiment?.name ?? experimentId}
        </Link>
      }
      title={name}
      error={model ? null : error}
      missing={
        <Missing what={`logged model ${modelId}`}>
          <Link to="/experiments/$experimentId" params={{ experimentId }}>
            Go to its experiment
          </Link>
        </Missing>
      }
    >
      {model && (
        <PageTabs
          value={tab}
          onChange={(next) => void navigate({ to: ".", search: next === "overview" ? {} : { tab: next }, replace: true })}
          tabs={[
            { value: "overview", label: "Overview", show: () => <Overview model={model} /> },
            {
              value: "files",
              label: "Files",
              fills: true,
              show: () => (
                <FileBrowser
                  owner={{ model_id: modelId }}
                  path={path}
                  onPath={(next) => void navigate({ to: ".", search: { tab: "files", path: next }, replace: true })}
                />
              ),
            },
            { value: "lineage", label: "Lineage", fills: true, show: () => <LineageView key={modelId} kind="logged_model" id={modelId} /> },
          ]}
        />
      )}
    </Page>
  );
}

function Overview({ model: { info, data } }: { model: LoggedModel }) {
  return (
    <Columns>
      <div>
        <Values
          title="Metrics"
          empty="No metric names this model."
          values={(data.metrics ?? []).map(({ key, value, step, dataset_name: dataset }) => ({
            key: dataset ? `${key} (${dataset})` : key,
            text: `${formatNumber(toNumber(value), 6)}${step ? ` at step ${step.toLocaleString("en-US")}` : ""}`,
          }))}
        />
        <Values title="Params" empty="It has none." values={(data.params ?? []).map(({ key, value }) => ({ key, text: value }))} />
        <Section title="Tags">
          <Tags tags={(info.tags ?? []).filter(({ key }) => !key.startsWith("mlflow."))} />
        </Section>
      </div>
      <div>
        <Section title="Logged model">
          <Facts
            facts={[
              ["Status", info.status && `${info.status.replace("LOGGED_MODEL_", "").toLowerCase()} ${info.status_message ?? ""}`],
              ["Type", info.model_type],
              ["Created", info.creation_timestamp_ms !== undefined && <Age key="age" moment={info.creation_timestamp_ms} />],
              ["Run", info.source_run_id && <SourceRun runId={info.source_run_id} experimentId={info.experiment_id} />],
              ["Model id", <Copyable key="id" text={info.model_id} label="the model's id" />],
              ["Artifacts", info.artifact_uri && <Copyable key="uri" text={info.artifact_uri} label="where the files are" />],
            ]}
          />
        </Section>
        {(info.registrations?.length ?? 0) > 0 && (
          <Section title="Registered as">
            {info.registrations!.map(({ name, version }) => (
              <div key={`${name} ${version}`} className={classes.copy}>
                <Link to="/models/$name/versions/$version" params={{ name, version }}>
                  {name} version {version}
                </Link>
              </div>
            ))}
          </Section>
        )}
      </div>
    </Columns>
  );
}

function SourceRun({ runId, experimentId }: { runId: string; experimentId: string }) {
  const { data } = useCall("get_run", { run_id: runId }, { every: false, keep: false });
  return (
    <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId: data?.run.info.experiment_id ?? experimentId, runId }}>
      {data?.run.info.run_name || runId}
    </Link>
  );
}
