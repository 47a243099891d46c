import { Button, Checkbox, Menu, Tabs } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useCall } from "@/api/live";
import { usePages } from "@/api/pages";
import type { ModelVersion } from "@/api/types";
import { modelRoute } from "@/app/router";
import { quoteText } from "@/app/matching";
import { useRights } from "@/app/session";
import { Age } from "@/components/Age";
import { Code } from "@/components/Code";
import { Columns } from "@/components/Columns";
import { Confirm } from "@/components/Confirm";
import { EditableMarkdown } from "@/components/EditableMarkdown";
import { Empty } from "@/components/Empty";
import { Facts } from "@/components/Facts";
import { Failure } from "@/components/Failure";
import { Missing } from "@/components/Missing";
import { Page } from "@/components/Page";
import { Section } from "@/components/Section";
import table from "@/components/Table.module.css";
import { Tags } from "@/components/Tags";
import { change } from "./changes";
import { ForceDialog } from "./ForceDialog";
import { History } from "./History";
import { Actor, Aliases, Contents, Stage } from "./labels";
import classes from "./models.module.css";
import { RenameModel } from "./RenameModel";
import { Rules } from "./Rules";

/** One registered model: its versions, its rules and its history at the left, what it is at the right. */
export function ModelPage() {
  const { name } = modelRoute.useParams();
  const { data, error } = useCall("get_registered_model", { name }, { keep: false });
  const { tab = "versions" } = modelRoute.useSearch();
  const [dialog, setDialog] = useState<"rename" | "delete" | { why: string } | null>(null);
  const { mayWrite, whyNot } = useRights();
  const navigate = useNavigate();
  useEffect(() => {
    document.title = `${name} · Headrace`;
  }, [name]);
  const model = data?.registered_model;
  return (
    <Page
      crumbs={<Link to="/models">Models</Link>}
      title={name}
      error={model ? null : error}
      missing={
        <Missing what={`model ${name}`}>
          <Link to="/models">Go to the models</Link>
        </Missing>
      }
      actions={
        model && (
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" aria-label="More about the model" disabled={!mayWrite} title={mayWrite ? undefined : whyNot}>
                <IconDots size={15} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setDialog("rename")}>Rename</Menu.Item>
              <Menu.Item color="red" onClick={() => setDialog("delete")}>
                Delete
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )
      }
    >
      {model && (
        <Columns>
          <Tabs
            value={tab}
            keepMounted={false}
            onChange={(next) => void navigate({ to: ".", search: next === "versions" ? {} : { tab: next as "rules" }, replace: true })}
          >
            <Tabs.List mb="md">
              <Tabs.Tab value="versions">Versions</Tabs.Tab>
              <Tabs.Tab value="rules">Rules</Tabs.Tab>
              <Tabs.Tab value="history">History</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="versions">
              <Versions name={name} />
            </Tabs.Panel>
            <Tabs.Panel value="rules">
              <Rules name={name} />
            </Tabs.Panel>
            <Tabs.Panel value="history">
              <History name={name} />
            </Tabs.Panel>
          </Tabs>
          <div>
            <Section title="Description">
              <EditableMarkdown
                label="Description"
                text={model.description ?? ""}
                onSave={
                  mayWrite
                    ? async (description) => void (await change("update_registered_model", { name, description }, "Saved the description"))
                    : undefined
                }
              />
            </Section>
            <Section title="Model">
              <Facts
                facts={[
                  ["Aliases", (model.aliases?.length ?? 0) > 0 && <Aliases key="aliases" name={name} aliases={model.aliases ?? []} />],
                  ["Created", <Age key="created" moment={model.creation_timestamp} />],
                  ["Changed", model.last_updated_timestamp !== undefined && <Age key="changed" moment={model.last_updated_timestamp} />],
                ]}
              />
            </Section>
            <Section title="Tags">
              <Tags
                tags={model.tags ?? []}
                onSet={mayWrite ? (key, value) => void change("set_registered_model_tag", { name, key, value }, `Set ${key}`) : undefined}
                onDelete={mayWrite ? (key) => void change("delete_registered_model_tag", { name, key }, `Removed ${key}`) : undefined}
              />
            </Section>
            <Section title="Use it">
              <Code text={loadingLines(name, model.aliases?.[0]?.alias)} />
            </Section>
          </div>
        </Columns>
      )}
      {dialog === "rename" && <RenameModel name={name} onClose={() => setDialog(null)} />}
      {dialog === "delete" && (
        <Confirm
          title={`Delete ${name}?`}
          label="Delete the model"
          onClose={() => setDialog(null)}
          onConfirm={async () => {
            if (await change("delete_registered_model", { name }, `Deleted ${name}`, (why) => setDialog({ why }))) void navigate({ to: "/models" });
          }}
        >
          The model goes with all of its versions. The files that they were made from, and the history, stay.
        </Confirm>
      )}
      {dialog !== null && typeof dialog === "object" && (
        <ForceDialog
          title={`Delete ${name}?`}
          why={dialog.why}
          label="Delete it anyway"
          onClose={() => setDialog(null)}
          onForce={async (reason) => {
            const isDeleted = await change("delete_registered_model", { name, force: true, reason }, `Deleted ${name}`);
            if (isDeleted) void navigate({ to: "/models" });
            return isDeleted;
          }}
        />
      )}
    </Page>
  );
}

/** The lines that load a model: by its alias where it has one. */
function loadingLines(name: string, alias: string | undefined): string {
  return `headrace.artifacts.download_artifacts(\n    "models:/${name}${alias ? `@${alias}` : "/latest"}"\n)`;
}

function Versions({ name }: { name: string }) {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const { items, error, isPending, hasMore, loadMore } = usePages(
    "search_model_versions",
    { filter: `name = ${quoteText(name)}`, order_by: ["version_number DESC"], max_results: 100 },
    (page) => page.model_versions ?? [],
  );
  const choose = (version: string): void =>
    setChosen((before) => (before.includes(version) ? before.filter((one) => one !== version) : [...before.slice(-1), version]));
  if (error && items.length === 0) return <Failure error={error} />;
  if (!isPending && items.length === 0) {
    return (
      <Empty title="There is no version yet">
        <p>Register the files of a run from its page, or from a script:</p>
        <Code text={`headrace.register_model("runs:/RUN_ID/model", "${name}")`} />
      </Empty>
    );
  }
  return (
    <>
      <div className={classes.bar}>
        <Button
          variant="default"
          disabled={chosen.length !== 2}
          renderRoot={(props) => <Link to="/models/$name/compare" params={{ name }} search={{ versions: [...chosen] }} disabled={chosen.length !== 2} {...props} />}
        >
          Compare two versions
        </Button>
      </div>
      <table className={`${table.table} ${table.stacked}`}>
        <thead>
          <tr>
            <th aria-label="Choose" />
            <th>Version</th>
            <th>Aliases</th>
            <th>Stage</th>
            <th>Files</th>
            <th className={table.more}>Description</th>
            <th className={table.extra}>Tags</th>
            <th className={table.more}>Created</th>
          </tr>
        </thead>
        <tbody>
          {items.map((version) => (
            <VersionRow key={version.version} version={version} isChosen={chosen.includes(version.version)} onChoose={choose} />
          ))}
        </tbody>
      </table>
      {hasMore && (
        <Button variant="subtle" className={classes.more!} onClick={loadMore}>
          Show more
        </Button>
      )}
    </>
  );
}

function VersionRow({ version, isChosen, onChoose }: { version: ModelVersion; isChosen: boolean; onChoose: (version: string) => void }) {
  const { name, version: number } = version;
  return (
    <tr>
      <td>
        <Checkbox aria-label={`Choose version ${number}`} checked={isChosen} onChange={() => onChoose(number)} />
      </td>
      <td>
        <Link to="/models/$name/versions/$version" params={{ name, version: number }} className={classes.name!}>
          Version {number}
        </Link>
      </td>
      <td>
        <Aliases name={name} aliases={(version.aliases ?? []).map((alias) => ({ alias, version: number }))} />
      </td>
      <td>
        <Stage stage={version.current_stage ?? "None"} />
      </td>
      <td>
        <Contents state={version.content_state} />
      </td>
      <td className={table.more}>
        <div className={classes.summary}>{version.description?.split("\n")[0]}</div>
      </td>
      <td className={table.extra}>
        <Tags tags={(version.tags ?? []).slice(0, 4)} />
      </td>
      <td className={`${table.quiet} ${table.more}`}>
        <Age moment={version.creation_timestamp} />
        <div className={classes.by}>
          by <Actor name={version.user_id} isVerified={version.user_verified} />
        </div>
      </td>
    </tr>
  );
}
