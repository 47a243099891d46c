import { Button, Menu } from "@mantine/core";
import { IconDots, IconX } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, useEffect, useState } from "react";
import { useCall } from "@/api/live";
import type { ModelVersion, VersionLineage } from "@/api/types";
import { versionRoute } from "@/app/router";
import { useActions } from "@/app/actions";
import { useRights } from "@/app/session";
import { Age } from "@/components/Age";
import { Code } from "@/components/Code";
import { Columns } from "@/components/Columns";
import { Commit } from "@/components/Commit";
import { Copyable } from "@/components/Copyable";
import { Confirm } from "@/components/Confirm";
import { EditableMarkdown } from "@/components/EditableMarkdown";
import { Facts } from "@/components/Facts";
import { Failure } from "@/components/Failure";
import { Missing } from "@/components/Missing";
import { Page } from "@/components/Page";
import { PageTabs } from "@/components/PageTabs";
import { Section } from "@/components/Section";
import { Tags } from "@/components/Tags";
import { FileBrowser } from "@/files/FileBrowser";
import { change } from "./changes";
import { ForceDialog } from "./ForceDialog";
import { History } from "./History";
import { Actor, Stage } from "./labels";
import classes from "./models.module.css";
import { MoveDialog } from "./MoveDialog";
import { VersionContent } from "./VersionContent";

const LineageView = lazy(async () => ({ default: (await import("@/pages/lineage/LineageView")).LineageView }));

type Dialog = "alias" | "stage" | "delete" | { why: string };

/** One version: where it is used, what it came from, what was changed, and its files. */
export function VersionPage() {
  const { name, version } = versionRoute.useParams();
  const { data, error } = useCall("get_model_version", { name, version }, { keep: false });
  const { tab = "overview", path = "" } = versionRoute.useSearch();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const { mayWrite, whyNot } = useRights();
  const found = data?.model_version;
  const rights = { disabled: !mayWrite, title: mayWrite ? undefined : whyNot };
  const navigate = useNavigate();
  useEffect(() => {
    document.title = `${name} ${version} · Headrace`;
  }, [name, version]);
  useActions(
    mayWrite && found
      ? [
          { id: "version.alias", label: "Give the version an alias", keys: "a", section: "Version", run: () => setDialog("alias") },
          { id: "version.stage", label: "Move the version to another stage", keys: "s", section: "Version", run: () => setDialog("stage") },
        ]
      : [],
  );
  const leave = (): void => void navigate({ to: "/models/$name", params: { name } });
  return (
    <Page
      fills
      crumbs={
        <>
          <Link to="/models">Models</Link>
          <Link to="/models/$name" params={{ name }} title={name}>
            {name}
          </Link>
        </>
      }
      title={`Version ${version}`}
      error={found ? null : error}
      missing={
        <Missing what={`version ${version} of ${name}`}>
          <Link to="/models/$name" params={{ name }}>
            Go to the model
          </Link>
        </Missing>
      }
      actions={
        found && (
          <>
            <Button variant="default" {...rights} onClick={() => setDialog("alias")}>
              Set alias
            </Button>
            <Button variant="default" {...rights} onClick={() => setDialog("stage")}>
              Move stage
            </Button>
            <Menu position="bottom-end">
              <Menu.Target>
                <Button variant="default" {...rights} aria-label="More about the version">
                  <IconDots size={15} />
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item color="red" onClick={() => setDialog("delete")}>
                  Delete
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </>
        )
      }
    >
      {found && (
        <PageTabs
          value={tab}
          onChange={(next) => void navigate({ to: ".", search: next === "overview" ? {} : { tab: next }, replace: true })}
          tabs={[
            { value: "overview", label: "Overview", show: () => <Version version={found} /> },
            {
              value: "files",
              label: "Files",
              fills: true,
              show: () => (
                <FileBrowser
                  owner={{ name, version }}
                  path={path}
                  onPath={(next) => void navigate({ to: ".", search: { tab: "files", path: next }, replace: true })}
                />
              ),
            },
            { value: "lineage", label: "Lineage", fills: true, show: () => <LineageView key={`${name}/${version}`} kind="model_version" id={`${name}/${version}`} /> },
          ]}
        />
      )}
      {(dialog === "alias" || dialog === "stage") && (
        <MoveDialog kind={dialog} name={name} version={version} stage={found?.current_stage} onClose={() => setDialog(null)} />
      )}
      {dialog === "delete" && (
        <Confirm
          title={`Delete version ${version}?`}
          label="Delete the version"
          onClose={() => setDialog(null)}
          onConfirm={async () => {
            if (await change("delete_model_version", { name, version }, `Deleted version ${version}`, (why) => setDialog({ why }))) leave();
          }}
        >
          Its aliases go as well. The files that it was made from, and the history, stay.
        </Confirm>
      )}
      {dialog !== null && typeof dialog === "object" && (
        <ForceDialog
          title={`Delete version ${version}?`}
          why={dialog.why}
          label="Delete it anyway"
          onClose={() => setDialog(null)}
          onForce={async (reason) => {
            const isDeleted = await change("delete_model_version", { name, version, force: true, reason }, `Deleted version ${version}`);
            if (isDeleted) leave();
            return isDeleted;
          }}
        />
      )}
    </Page>
  );
}

function Version({ version: found }: { version: ModelVersion }) {
  const { name, version } = found;
  const { mayWrite } = useRights();
  return (
    <Columns>
      <div>
        <Section title="Description">
          <EditableMarkdown
            label="Description"
            text={found.description ?? ""}
            onSave={
              mayWrite
                ? async (description) => void (await change("update_model_version", { name, version, description }, "Saved the description"))
                : undefined
            }
          />
        </Section>
        <Section title="Tags">
          <Tags
            tags={found.tags ?? []}
            onSet={mayWrite ? (key, value) => void change("set_model_version_tag", { name, version, key, value }, `Set ${key}`) : undefined}
            onDelete={mayWrite ? (key) => void change("delete_model_version_tag", { name, version, key }, `Removed ${key}`) : undefined}
          />
        </Section>
        <Section title="History">
          <History name={name} version={version} />
        </Section>
      </div>
      <div>
        <Section title="Version">
          <Facts
            facts={[
              ["Aliases", (found.aliases?.length ?? 0) > 0 && <OwnAliases version={found} />],
              ["Stage", found.current_stage && found.current_stage !== "None" && <Stage stage={found.current_stage} />],
              ["Status", found.status !== "READY" && `${found.status ?? ""} ${found.status_message ?? ""}`],
              ["Created", <Age key="age" moment={found.creation_timestamp} />],
              ["By", <Actor key="actor" name={found.user_id} isVerified={found.user_verified} />],
              ["Name", <Copyable key="uri" text={`models:/${name}/${version}`} label="the name of the version" />],
              ["Source", found.source && <Copyable text={found.source} label="the source" />],
            ]}
          />
        </Section>
        <VersionContent name={name} version={version} />
        <Lineage name={name} version={version} />
        <Copies name={name} version={version} />
        <Section title="Use it">
          <Code text={`headrace.artifacts.download_artifacts(\n    "models:/${name}/${version}"\n)`} />
        </Section>
      </div>
    </Columns>
  );
}

/** The aliases of a version, each with what takes it away. */
function OwnAliases({ version: { name, version, aliases = [] } }: { version: ModelVersion }) {
  const [refused, setRefused] = useState<{ alias: string; why: string } | null>(null);
  const { mayWrite, whyNot } = useRights();
  const take = (alias: string, force?: string): Promise<boolean> =>
    change(
      "delete_registered_model_alias",
      { name, alias, expected: version, ...(force === undefined ? {} : { force: true, reason: force }) },
      `@${alias} names no version any more`,
      force === undefined ? (why) => setRefused({ alias, why }) : undefined,
    );
  return (
    <div className={classes.labels}>
      {aliases.map((alias) => (
        <span key={alias} className={classes.alias}>
          @{alias}
          <button
            type="button"
            className={classes.take}
            disabled={!mayWrite}
            title={mayWrite ? undefined : whyNot}
            aria-label={`Take the alias ${alias} away`}
            onClick={() => void take(alias)}
          >
            <IconX size={11} />
          </button>
        </span>
      ))}
      {refused && (
        <ForceDialog
          title={`Take @${refused.alias} away?`}
          why={refused.why}
          label="Take it away anyway"
          onClose={() => setRefused(null)}
          onForce={(reason) => take(refused.alias, reason)}
        />
      )}
    </div>
  );
}

function Lineage({ name, version }: { name: string; version: string }) {
  const { data, error } = useCall("get_model_version_lineage", { name, version }, { keep: false });
  if (error) return <Failure error={error} />;
  if (!data) return null;
  const { lineage } = data;
  return (
    <Section title="Came from">
      <Facts
        facts={[
          ["Copy of", lineage.copied_from && <CopyOf place={lineage.copied_from} />],
          ["Run", lineage.run_id && <RunOf lineage={lineage} />],
          [
            "Experiment",
            lineage.experiment_id && (
              <Link key="experiment" to="/experiments/$experimentId" params={{ experimentId: lineage.experiment_id }}>
                {lineage.experiment_name ?? lineage.experiment_id}
              </Link>
            ),
          ],
          [
            "Logged model",
            lineage.model_id && (
              <Link key="model" to="/experiments/$experimentId/models/$modelId" params={{ experimentId: lineage.experiment_id ?? "0", modelId: lineage.model_id }}>
                {lineage.model_name || lineage.model_id}
              </Link>
            ),
          ],
          ["Commit", lineage.commit && <Commit key="commit" commit={lineage.commit} remote={lineage.repository} />],
          ["Repository", lineage.repository],
          [
            "Data sets",
            (lineage.datasets?.length ?? 0) > 0 &&
              lineage.datasets!.map((dataset) => (
                <div key={`${dataset.name} ${dataset.digest} ${dataset.context}`}>
                  <Link to="/dataset" search={{ name: dataset.name, digest: dataset.digest }}>
                    {dataset.name}
                  </Link>{" "}
                  <span className={classes.of}>{[dataset.context, dataset.digest].filter(Boolean).join(" · ")}</span>
                </div>
              )),
          ],
        ]}
      />
    </Section>
  );
}

/** Versions that are copies of this one. */
function Copies({ name, version }: { name: string; version: string }) {
  // Not by their source: that names this version as it was called when they were made.
  const request = { kind: "model_version", id: `${name}/${version}`, direction: "downstream", relation: "copied", depth: 1, max_neighbors: 100 };
  const { data } = useCall("get_lineage", request, { keep: false });
  const copies = data?.lineage.nodes.slice(1) ?? [];
  if (!copies.length) return null;
  return (
    <Section title="Copied to">
      {copies.map((copy) => (
        <div key={copy.id} className={classes.copy}>
          <CopyOf place={copy.id} />
          <Stage stage={copy.stage ?? "None"} />
          <span className={classes.of}>{copy.aliases?.map((alias) => `@${alias}`).join(" ")}</span>
        </div>
      ))}
    </Section>
  );
}

function CopyOf({ place }: { place: string }) {
  const slash = place.lastIndexOf("/");
  const [name, version] = [place.slice(0, slash), place.slice(slash + 1)];
  return (
    <Link to="/models/$name/versions/$version" params={{ name, version }}>
      {name} version {version}
    </Link>
  );
}

function RunOf({ lineage: { run_id: runId, run_name: runName, run_state: state, experiment_id: experimentId } }: { lineage: VersionLineage }) {
  const name = runName || runId!;
  if (!experimentId || state === "gone" || state === "unknown") return <>{`${name} (${state === "gone" ? "deleted for good" : "not in this store"})`}</>;
  return (
    <>
      <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId: runId! }}>
        {name}
      </Link>
      {state === "deleted" && " (deleted)"}
    </>
  );
}
