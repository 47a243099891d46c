import { Button, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useCall } from "@/api/live";
import type { Webhook } from "@/api/types";
import { webhookRoute } from "@/app/router";
import { useRights } from "@/app/session";
import { Age } from "@/components/Age";
import { Columns } from "@/components/Columns";
import { Copyable } from "@/components/Copyable";
import { Empty } from "@/components/Empty";
import { Facts } from "@/components/Facts";
import { Failure } from "@/components/Failure";
import { Page } from "@/components/Page";
import { Section } from "@/components/Section";
import { change } from "./changes";
import { DeleteWebhook } from "./DeleteWebhook";
import { DeliveryDialog } from "./DeliveryDialog";
import { DeliveryLog } from "./DeliveryLog";
import { eventsOf } from "./events";
import { EventNames } from "./marks";
import { parseLogSearch } from "./search";
import { TestDialog } from "./TestDialog";
import { WebhookDialog } from "./WebhookDialog";
import { NotForAll } from "./WebhooksPage";
import classes from "./webhooks.module.css";

/** One webhook: what was sent to it at the left, what it is at the right. */
export function WebhookPage() {
  const { webhookId: id } = webhookRoute.useParams();
  const search = webhookRoute.useSearch();
  const { mayAdmin, whyNot } = useRights();
  const { data, error } = useCall("get_webhook", { webhook_id: id }, { keep: false, enabled: mayAdmin });
  const [dialog, setDialog] = useState<"edit" | "test" | "delete" | null>(null);
  const navigate = useNavigate();
  const webhook = data?.webhook;
  const title = webhook?.name ?? "Webhook";
  useEffect(() => {
    document.title = `${title} · Headrace`;
  }, [title]);
  const close = (): void => setDialog(null);
  return (
    <Page crumbs={<Link to="/webhooks">Webhooks</Link>} title={title} actions={webhook && <Actions webhook={webhook} onOpen={setDialog} />}>
      {!mayAdmin && <NotForAll why={whyNot} />}
      {error &&
        !webhook &&
        (error.status === 404 ? (
          <Empty title="There is no such webhook">
            It was deleted, or the link is of another server. <Link to="/webhooks">Go to the webhooks</Link>.
          </Empty>
        ) : (
          <Failure error={error} />
        ))}
      {webhook && (
        <Columns>
          <DeliveryLog webhook={webhook} />
          <About webhook={webhook} />
        </Columns>
      )}
      {webhook && dialog === "edit" && <WebhookDialog webhook={webhook} onClose={close} />}
      {webhook && dialog === "test" && <TestDialog webhook={webhook} onClose={close} />}
      {webhook && dialog === "delete" && <DeleteWebhook webhook={webhook} onClose={close} onDeleted={() => void navigate({ to: "/webhooks" })} />}
      {webhook && search.delivery && (
        <DeliveryDialog
          webhook={webhook}
          id={search.delivery}
          onClose={() => void navigate({ to: ".", search: parseLogSearch({ ...search, delivery: undefined }), replace: true })}
        />
      )}
    </Page>
  );
}

function Actions({ webhook, onOpen }: { webhook: Webhook; onOpen: (dialog: "edit" | "test" | "delete") => void }) {
  const { webhook_id: id, name, status } = webhook;
  const isActive = status === "ACTIVE";
  const turn = (): Promise<boolean> =>
    change("update_webhook", { webhook_id: id, status: isActive ? "DISABLED" : "ACTIVE" }, isActive ? `Paused ${name}` : `${name} is active`);
  return (
    <>
      <Button variant="default" onClick={() => onOpen("test")}>
        Send a test
      </Button>
      <Button variant="default" onClick={() => onOpen("edit")}>
        Edit
      </Button>
      <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button variant="default" aria-label="More about the webhook">
            <IconDots size={15} />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void turn()}>{isActive ? "Pause" : "Activate"}</Menu.Item>
          <Menu.Item color="red" onClick={() => onOpen("delete")}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

function About({ webhook }: { webhook: Webhook }) {
  const experiments = useCall("search_experiments", { view_type: "ALL", max_results: 1000 }, { every: false }).data?.experiments ?? [];
  const nameOf = (id: string): string => experiments.find(({ experiment_id }) => experiment_id === id)?.name ?? `experiment ${id}`;
  const { model_names: models = [], experiment_ids: ids = [], user_id: user, user_verified: isVerified } = webhook;
  return (
    <Section title="Webhook">
      {webhook.description && <p className={classes.description}>{webhook.description}</p>}
      <Facts
        facts={[
          [
            "Status",
            <span key="status" className={classes.state}>
              <span className={classes.mark} data-state={webhook.status} />
              {webhook.status === "ACTIVE" ? "Active" : "Paused: it learns nothing of what happens meanwhile"}
            </span>,
          ],
          ["Address", <Copyable key="url" text={webhook.url} label="the address" />],
          ["Events", <EventNames key="events" names={eventsOf(webhook)} />],
          ["Models", models.length > 0 && models.join(", ")],
          ["Experiments", ids.length > 0 && ids.map(nameOf).join(", ")],
          ["Signed", webhook.has_secret ? "Yes, with a secret that nobody is shown" : "No: it has no secret"],
          ["Created", <><Age moment={webhook.creation_timestamp} />{user && ` by ${user}${isVerified ? "" : " (unverified)"}`}</>],
          ["Changed", <Age key="changed" moment={webhook.last_updated_timestamp} />],
          ["Id", <Copyable key="id" text={webhook.webhook_id} label="the id" />],
        ]}
      />
    </Section>
  );
}
