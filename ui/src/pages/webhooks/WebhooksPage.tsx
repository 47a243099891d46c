import { ActionIcon, Button, Menu, Switch } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ROOT } from "@/api/client";
import { useCall } from "@/api/live";
import { usePages } from "@/api/pages";
import type { Webhook } from "@/api/types";
import { useActions } from "@/app/actions";
import { useRights } from "@/app/session";
import { Age } from "@/components/Age";
import { Code } from "@/components/Code";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import { Page } from "@/components/Page";
import table from "@/components/Table.module.css";
import { change } from "./changes";
import { DeleteWebhook } from "./DeleteWebhook";
import { eventsOf } from "./events";
import { DeliveryMark, EventNames } from "./marks";
import { TestDialog } from "./TestDialog";
import { WebhookDialog } from "./WebhookDialog";
import classes from "./webhooks.module.css";

interface Opened {
  kind: "edit" | "test" | "delete";
  webhook: Webhook;
}

/** All webhooks: who is told by HTTP what happens to runs and models. */
export function WebhooksPage() {
  const { mayAdmin, whyNot } = useRights();
  const [isMaking, setMaking] = useState(false);
  useEffect(() => {
    document.title = "Webhooks · Headrace";
  }, []);
  useActions(mayAdmin ? [{ id: "webhooks.new", label: "Create a webhook", section: "Webhooks", run: () => setMaking(true) }] : []);
  return (
    <Page
      title="Webhooks"
      actions={
        <Button disabled={!mayAdmin} title={mayAdmin ? undefined : whyNot} onClick={() => setMaking(true)}>
          New webhook
        </Button>
      }
    >
      {mayAdmin ? <Webhooks /> : <NotForAll why={whyNot} />}
      {isMaking && <WebhookDialog onClose={() => setMaking(false)} />}
    </Page>
  );
}

/** Why somebody sees no webhooks: their addresses often carry what lets one in. */
export function NotForAll({ why }: { why: string | undefined }) {
  return (
    <Empty title="Webhooks are a matter of administrators">
      <p>A webhook makes the server send requests, and its address may hold a secret, so only administrators see and change them.</p>
      <p>{why}.</p>
      <p>Where the server lets everybody in, nobody is an administrator; there webhooks are made on its own machine:</p>
      <Code text="headrace webhooks list --tracking-uri sqlite:///headrace.db" />
    </Empty>
  );
}

function Webhooks() {
  const [opened, setOpened] = useState<Opened | null>(null);
  const { items, error, isPending, hasMore, loadMore } = usePages("list_webhooks", { headrace_events: true, max_results: 50 }, (page) => page.webhooks ?? []);
  const experiments = useCall("search_experiments", { view_type: "ALL", max_results: 1000 }, { every: false }).data?.experiments ?? [];
  const names = new Map(experiments.map(({ experiment_id, name }) => [experiment_id, name]));
  const close = (): void => setOpened(null);
  if (error && items.length === 0) return <Failure error={error} />;
  if (!isPending && items.length === 0) return <FirstWebhook />;
  return (
    <>
      {items.length > 0 && (
        <table className={`${table.table} ${table.stacked}`}>
          <thead>
            <tr>
              <th>Name</th>
              <th className={table.more}>Events</th>
              <th className={table.extra}>Only of</th>
              <th>Last delivery</th>
              <th>Active</th>
              <th aria-label="More" />
            </tr>
          </thead>
          <tbody>
            {items.map((webhook) => (
              <WebhookRow key={webhook.webhook_id} webhook={webhook} experiments={names} onOpen={(kind) => setOpened({ kind, webhook })} />
            ))}
          </tbody>
        </table>
      )}
      {hasMore && (
        <Button variant="subtle" className={classes.wait!} onClick={loadMore}>
          Show more
        </Button>
      )}
      {opened?.kind === "edit" && <WebhookDialog webhook={opened.webhook} onClose={close} />}
      {opened?.kind === "test" && <TestDialog webhook={opened.webhook} onClose={close} />}
      {opened?.kind === "delete" && <DeleteWebhook webhook={opened.webhook} onClose={close} />}
    </>
  );
}

interface WebhookRowProps {
  webhook: Webhook;
  /** Names of experiments by their ids. */
  experiments: ReadonlyMap<string, string>;
  onOpen: (kind: Opened["kind"]) => void;
}

function WebhookRow({ webhook, experiments, onOpen }: WebhookRowProps) {
  const { webhook_id: id, name, url, status } = webhook;
  const isActive = status === "ACTIVE";
  const last = useCall("list_webhook_deliveries", { webhook_id: id, max_results: 1 }).data?.deliveries?.[0];
  const only = [...(webhook.model_names ?? []), ...(webhook.experiment_ids ?? []).map((one) => experiments.get(one) ?? `experiment ${one}`)];
  return (
    <tr>
      <td className={`${table.first} ${classes.what}`}>
        <Link to="/webhooks/$webhookId" params={{ webhookId: id }} className={classes.name!}>
          {name}
        </Link>
        <div className={classes.address} title={url}>
          {url}
        </div>
      </td>
      <td className={table.more}>
        <EventNames names={eventsOf(webhook)} most={3} />
      </td>
      <td className={`${table.quiet} ${table.extra}`}>{only.length ? only.join(", ") : "all"}</td>
      <td className={classes.told}>
        {last ? (
          <span className={classes.last}>
            <DeliveryMark delivery={last} isActive={isActive} />
            <span>
              {last.event}
              <span className={classes.quiet}>
                {" "}
                <Age moment={last.timestamp} />
              </span>
            </span>
          </span>
        ) : (
          <span className={table.quiet}>none yet</span>
        )}
      </td>
      <td>
        <Switch
          aria-label={`${name} is active`}
          checked={isActive}
          onChange={() => void change("update_webhook", { webhook_id: id, status: isActive ? "DISABLED" : "ACTIVE" }, isActive ? `Paused ${name}` : `${name} is active`)}
        />
      </td>
      <td className={table.right}>
        <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
          <Menu.Target>
            <ActionIcon aria-label={`More about ${name}`}>
              <IconDots size={15} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => onOpen("test")}>Send a test</Menu.Item>
            <Menu.Item onClick={() => onOpen("edit")}>Edit</Menu.Item>
            <Menu.Item color="red" onClick={() => onOpen("delete")}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </td>
    </tr>
  );
}

function FirstWebhook() {
  return (
    <Empty title="Nobody is told yet">
      <p>
        A webhook tells another program by HTTP what happens to runs and models: a chat that a training failed, a deployment that @champion moved. Make one here, or from a
        script:
      </p>
      <Code
        text={`import headrace\nclient = headrace.MlflowClient("${ROOT.replace(/\/$/, "")}")\nclient.create_webhook(\n    "alarm", "https://chat.example.com/hook", ["run.failed"]\n)`}
      />
    </Empty>
  );
}
