import { Button, Menu } from "@mantine/core";
import { IconDots, IconX } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useCall } from "@/api/live";
import type { ModelVersion, VersionLineage } from "@/api/types";
import { versionRoute } from "@/app/router";
import { useActions } from "@/app/actions";
import { Age } from "@/components/Age";
import { Code } from "@/components/Code";
import { Confirm } from "@/components/Confirm";
import { EditableMarkdown } from "@/components/EditableMarkdown";
import { Facts } from "@/components/Facts";
import { Failure } from "@/components/Failure";
import { Page } from "@/components/Page";
import { Section } from "@/components/Section";
import { Tags } from "@/components/Tags";
import { change } from "./changes";
import { History } from "./History";
import { Actor, Stage } from "./labels";
import classes from "./models.module.css";
import { MoveDialog } from "./MoveDialog";

/** One version: where it is used, what it came from, what was changed. */
export function VersionPage() {
  const { name, version } = versionRoute.useParams();
  const { data, error } = useCall("get_model_version", { name, version }, { keep: false });
  const [dialog, setDialog] = useState<"alias" | "stage" | "delete" | null>(null);
  const navigate = useNavigate();
  useEffect(() => {
    document.title = `${name} ${version} · Headrace`;
  }, [name, version]);
  useActions([
    { id: "version.alias", label: "Give the version an alias", keys: "a", section: "Version", run: () => setDialog("alias") },
    { id: "version.stage", label: "Move the version to another stage", keys: "s", section: "Version", run: () => setDialog("stage") },
  ]);
  const found = data?.model_version;
  return (
    <Page
      crumbs={
        <>
          <Link to="/models">Models</Link>
          <Link to="/models/$name" params={{ name }}>
            {name}
          </Link>
        </>
      }
      title={`Version ${version}`}
      actions={
        <>
          <Button variant="default" onClick={() => setDialog("alias")}>
            Set alias
          </Button>
          <Button variant="default" onClick={() => setDialog("stage")}>
            Move stage
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" aria-label="More about the version">
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
      }
    >
      {error && <Failure error={error} />}
      {found && <Version version={found} />}
      {(dialog === "alias" || dialog === "stage") && (
        <MoveDialog kind={dialog} name={name} version={version} stage={found?.current_stage} onClose={() => setDialog(null)} />
      )}
      {dialog === "delete" && (
        <Confirm
          title={`Delete version ${version}?`}
          label="Delete the version"
          onClose={() => setDialog(null)}
          onConfirm={async () => {
            if (await change("delete_model_version", { name, version }, `Deleted version ${version}`)) void navigate({ to: "/models/$name", params: { name } });
          }}
        >
          Its aliases go as well. The files that it was made from, and the history, stay.
        </Confirm>
      )}
    </Page>
  );
}

function Version({ version: found }: { version: ModelVersion }) {
  const { name, version } = found;
  return (
    <div className={classes.columns}>
      <div>
        <Section title="Description">
          <EditableMarkdown
            label="Description"
            text={found.description ?? ""}
            onSave={async (description) => void (await change("update_model_version", { name, version, description }, "Saved the description"))}
          />
        </Section>
        <Section title="Tags">
          <Tags
            tags={found.tags ?? []}
            onSet={(key, value) => void change("set_model_version_tag", { name, version, key, value }, `Set ${key}`)}
            onDelete={(key) => void change("delete_model_version_tag", { name, version, key }, `Removed ${key}`)}
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
              ["Source", found.source && <span className={classes.mono}>{found.source}</span>],
            ]}
          />
        </Section>
        <Lineage name={name} version={version} />
        <Section title="Use it">
          <Code text={`headrace.artifacts.download_artifacts(\n    "models:/${name}/${version}"\n)`} />
        </Section>
      </div>
    </div>
  );
}

/** The aliases of a version, each with what takes it away. */
function OwnAliases({ version: { name, version, aliases = [] } }: { version: ModelVersion }) {
  return (
    <div className={classes.labels}>
      {aliases.map((alias) => (
        <span key={alias} className={classes.alias}>
          @{alias}
          <button
            type="button"
            className={classes.take}
            aria-label={`Take the alias ${alias} away`}
            onClick={() => void change("delete_registered_model_alias", { name, alias, expected: version }, `@${alias} names no version any more`)}
          >
            <IconX size={11} />
          </button>
        </span>
      ))}
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
          ["Logged model", lineage.model_id && `${lineage.model_name ?? ""} ${lineage.model_id}`],
          ["Commit", lineage.commit && <span className={classes.mono}>{lineage.commit.slice(0, 12)}</span>],
          ["Repository", lineage.repository],
          [
            "Data sets",
            (lineage.datasets?.length ?? 0) > 0 &&
              lineage.datasets!.map((dataset) => (
                <div key={`${dataset.name} ${dataset.digest} ${dataset.context}`}>
                  {dataset.name} <span className={classes.of}>{[dataset.context, dataset.digest].filter(Boolean).join(" · ")}</span>
                </div>
              )),
          ],
        ]}
      />
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
