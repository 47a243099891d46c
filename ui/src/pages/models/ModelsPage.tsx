import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useActions } from "@/app/actions";
import { useRights } from "@/app/session";
import { ROOT } from "@/api/client";
import type { ModelVersion, RegisteredModel } from "@/api/types";
import { Age } from "@/components/Age";
import { Code } from "@/components/Code";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import { Page } from "@/components/Page";
import table from "@/components/Table.module.css";
import { Tags } from "@/components/Tags";
import { quoteText } from "@/app/matching";
import { usePages } from "@/api/pages";
import { Aliases, Stage } from "./labels";
import classes from "./models.module.css";
import { NewModel } from "./NewModel";

/** All registered models. */
export function ModelsPage() {
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text.trim(), 150);
  const [isMaking, setMaking] = useState(false);
  const { mayWrite, whyNot } = useRights();
  const filter = settled ? `name ILIKE ${quoteText(`%${settled}%`)}` : null;
  const { items, error, isPending, hasMore, loadMore } = usePages(
    "search_registered_models",
    { filter, max_results: 100 },
    (page) => page.registered_models ?? [],
  );
  useEffect(() => {
    document.title = "Models · Headrace";
  }, []);
  useActions([
    { id: "models.filter", label: "Filter the models", keys: "/", section: "Models", run: () => document.getElementById("models-filter")?.focus() },
    ...(mayWrite ? [{ id: "models.new", label: "Create a registered model", section: "Models", run: () => setMaking(true) }] : []),
  ]);
  const isEmpty = !isPending && !error && items.length === 0;
  return (
    <Page
      title="Models"
      actions={
        <>
          <TextInput
            id="models-filter"
            aria-label="Filter by name"
            placeholder="Filter by name"
            leftSection={<IconSearch size={14} />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button disabled={!mayWrite} title={mayWrite ? undefined : whyNot} onClick={() => setMaking(true)}>
            New model
          </Button>
        </>
      }
    >
      {error && items.length === 0 && <Failure error={error} />}
      {isEmpty && (settled ? <Empty title={`No model is named like “${settled}”`} /> : <FirstModel />)}
      {items.length > 0 && (
        <table className={`${table.table} ${table.stacked}`}>
          <thead>
            <tr>
              <th>Name</th>
              <th>Latest version</th>
              <th>Aliases</th>
              <th>Stages</th>
              <th className={table.more}>Tags</th>
              <th className={table.more}>Changed</th>
            </tr>
          </thead>
          <tbody>
            {items.map((model) => (
              <ModelRow key={model.name} model={model} />
            ))}
          </tbody>
        </table>
      )}
      {hasMore && (
        <Button variant="subtle" className={classes.more!} onClick={loadMore}>
          Show more
        </Button>
      )}
      {isMaking && <NewModel onClose={() => setMaking(false)} />}
    </Page>
  );
}

function ModelRow({ model }: { model: RegisteredModel }) {
  const versions = model.latest_versions ?? [];
  const latest = versions.reduce<ModelVersion | undefined>(
    (best, one) => (!best || Number(one.version) > Number(best.version) ? one : best),
    undefined,
  );
  return (
    <tr>
      <td className={table.first}>
        <Link to="/models/$name" params={{ name: model.name }} className={classes.name!} title={model.name}>
          {model.name}
        </Link>
        {model.description && <div className={classes.summary}>{model.description.split("\n")[0]}</div>}
      </td>
      <td>
        {latest ? (
          <Link to="/models/$name/versions/$version" params={{ name: model.name, version: latest.version }}>
            Version {latest.version}
          </Link>
        ) : (
          <span className={table.quiet}>none</span>
        )}
      </td>
      <td>
        <Aliases name={model.name} aliases={model.aliases ?? []} />
      </td>
      <td>
        {versions
          .filter(({ current_stage: stage }) => stage === "Production" || stage === "Staging")
          .map(({ version, current_stage: stage }) => (
            <Stage key={version} stage={stage!} version={version} />
          ))}
      </td>
      <td className={table.more}>
        <Tags tags={(model.tags ?? []).slice(0, 4)} />
      </td>
      <td className={`${table.quiet} ${table.more}`}>
        <Age moment={model.last_updated_timestamp ?? model.creation_timestamp} />
      </td>
    </tr>
  );
}

function FirstModel() {
  return (
    <Empty title="No model is registered here yet">
      <p>Register the files of a run from its page, or from a script:</p>
      <Code
        text={`import headrace\nheadrace.set_tracking_uri("${ROOT.replace(/\/$/, "")}")\nheadrace.register_model("runs:/RUN_ID/model", "my-model")`}
      />
    </Empty>
  );
}
