import { Button, Checkbox, Menu, Tabs } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useCall } from "@/api/live";
import { usePages } from "@/api/pages";
import type { ModelVersion } from "@/api/types";
import { modelRoute } from "@/app/router";
import { quoteText } from "@/app/matching";
import { Age } from "@/components/Age";
import { Confirm } from "@/components/Confirm";
import { EditableMarkdown } from "@/components/EditableMarkdown";
import { Failure } from "@/components/Failure";
import { Page } from "@/components/Page";
import { Section } from "@/components/Section";
import table from "@/components/Table.module.css";
import { Tags } from "@/components/Tags";
import { change } from "./changes";
import { History } from "./History";
import { Actor, Aliases, Stage } from "./labels";
import classes from "./models.module.css";
import { RenameModel } from "./RenameModel";

/** One registered model: what it is, its versions, its history. */
export function ModelPage() {
  const { name } = modelRoute.useParams();
  const { data, error } = useCall("get_registered_model", { name }, { keep: false });
  const [dialog, setDialog] = useState<"rename" | "delete" | null>(null);
  const navigate = useNavigate();
  useEffect(() => {
    document.title = `${name} · Headrace`;
  }, [name]);
  const model = data?.registered_model;
  return (
    <Page
      crumbs={<Link to="/models">Models</Link>}
      title={name}
      actions={
        <Menu position="bottom-end">
          <Menu.Target>
            <Button variant="default" aria-label="More about the model">
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
      }
    >
      {error && <Failure error={error} />}
      {model && (
        <>
          <Section title="Description">
            <EditableMarkdown
              label="Description"
              text={model.description ?? ""}
              onSave={async (description) => void (await change("update_registered_model", { name, description }, "Saved the description"))}
            />
          </Section>
          <Section title="Tags">
            <Tags
              tags={model.tags ?? []}
              onSet={(key, value) => void change("set_registered_model_tag", { name, key, value }, `Set ${key}`)}
              onDelete={(key) => void change("delete_registered_model_tag", { name, key }, `Removed ${key}`)}
            />
          </Section>
          {(model.aliases?.length ?? 0) > 0 && (
            <Section title="Aliases">
              <Aliases name={name} aliases={model.aliases ?? []} />
            </Section>
          )}
          <Tabs defaultValue="versions" keepMounted={false}>
            <Tabs.List mb="sm">
              <Tabs.Tab value="versions">Versions</Tabs.Tab>
              <Tabs.Tab value="history">History</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="versions">
              <Versions name={name} />
            </Tabs.Panel>
            <Tabs.Panel value="history">
              <History name={name} />
            </Tabs.Panel>
          </Tabs>
        </>
      )}
      {dialog === "rename" && <RenameModel name={name} onClose={() => setDialog(null)} />}
      {dialog === "delete" && (
        <Confirm
          title={`Delete ${name}?`}
          label="Delete the model"
          onClose={() => setDialog(null)}
          onConfirm={async () => {
            if (await change("delete_registered_model", { name }, `Deleted ${name}`)) void navigate({ to: "/models" });
          }}
        >
          The model goes with all of its versions. The files that they were made from, and the history, stay.
        </Confirm>
      )}
    </Page>
  );
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
  if (error) return <Failure error={error} />;
  if (!isPending && items.length === 0) return <p>There is no version yet: register the files of a run from its page.</p>;
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
      <table className={table.table}>
        <thead>
          <tr>
            <th aria-label="Choose" />
            <th>Version</th>
            <th>Aliases</th>
            <th>Stage</th>
            <th>Description</th>
            <th>Tags</th>
            <th>Created</th>
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
        <div className={classes.summary}>{version.description?.split("\n")[0]}</div>
      </td>
      <td>
        <Tags tags={(version.tags ?? []).slice(0, 4)} />
      </td>
      <td className={table.quiet}>
        <Age moment={version.creation_timestamp} /> by <Actor name={version.user_id} isVerified={version.user_verified} />
      </td>
    </tr>
  );
}
