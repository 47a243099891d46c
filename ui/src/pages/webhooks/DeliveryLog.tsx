import { Button, SegmentedControl, Select } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { usePages } from "@/api/pages";
import type { Webhook, WebhookDelivery } from "@/api/types";
import { webhookRoute } from "@/app/router";
import { Age } from "@/components/Age";
import { Empty } from "@/components/Empty";
import { Failure } from "@/components/Failure";
import table from "@/components/Table.module.css";
import { useNow } from "@/components/useNow";
import { formatDuration } from "@/data/times";
import { describeNextTry } from "./deliveries";
import { eventsOf } from "./events";
import { DeliveryMark } from "./marks";
import { parseLogSearch, STATES } from "./search";
import classes from "./webhooks.module.css";

/** Milliseconds between two looks at a log: tries follow each other in seconds. */
const OFTEN = 2_000;

/** What was sent to a webhook, and what waits to be: live, the newest first. */
export function DeliveryLog({ webhook }: { webhook: Webhook }) {
  const search = webhookRoute.useSearch();
  const { state, event } = search;
  const navigate = useNavigate();
  const { items, error, isPending, hasMore, loadMore } = usePages(
    "list_webhook_deliveries",
    { webhook_id: webhook.webhook_id, state: state ?? null, event: event ?? null, max_results: 50 },
    (page) => page.deliveries ?? [],
    OFTEN,
  );
  const change = (by: { state?: string | undefined; event?: string | undefined }): void =>
    void navigate({ to: ".", search: parseLogSearch({ ...search, ...by }), replace: true });
  const events = [...new Set([...eventsOf(webhook), ...(event ? [event] : [])])];
  const isFiltered = state !== undefined || event !== undefined;
  return (
    <section aria-label="Deliveries">
      <div className={classes.bar}>
        <SegmentedControl
          aria-label="State"
          data={[{ value: "", label: "All" }, ...STATES.map((one) => ({ value: one, label: one.charAt(0).toUpperCase() + one.slice(1) }))]}
          value={state ?? ""}
          onChange={(next) => change({ state: next || undefined })}
        />
        {events.length > 1 && (
          <Select aria-label="Event" placeholder="All events" clearable data={events} value={event ?? null} onChange={(next) => change({ event: next ?? undefined })} />
        )}
      </div>
      {error && items.length === 0 && <Failure error={error} />}
      {!isPending && !error && items.length === 0 && (
        <Empty title={isFiltered ? "No delivery is like that" : "Nothing was sent yet"}>
          {isFiltered ? "Choose another state or event." : "A delivery stands here as soon as one of the events happens. Send a test to see whether the receiver answers."}
        </Empty>
      )}
      {items.length > 0 && (
        <table className={`${table.table} ${table.stacked}`}>
          <thead>
            <tr>
              <th>Event</th>
              <th>Happened</th>
              <th>Status</th>
              <th className={table.more}>Took</th>
              <th className={table.more}>Tries</th>
              <th className={table.more}>Next try</th>
            </tr>
          </thead>
          <tbody>
            {items.map((delivery) => (
              <DeliveryRow key={delivery.delivery_id} delivery={delivery} isActive={webhook.status === "ACTIVE"} />
            ))}
          </tbody>
        </table>
      )}
      {hasMore && (
        <Button variant="subtle" className={classes.wait!} onClick={loadMore}>
          Show more
        </Button>
      )}
    </section>
  );
}

function DeliveryRow({ delivery, isActive }: { delivery: WebhookDelivery; isActive: boolean }) {
  const now = useNow(1_000);
  const last = delivery.attempts?.at(-1);
  const next = describeNextTry(delivery, isActive, now);
  return (
    <tr>
      <td className={table.first}>
        <span className={classes.last}>
          <DeliveryMark delivery={delivery} isActive={isActive} />
          <span>
            <Link to="." search={(before: Record<string, unknown>) => ({ ...before, delivery: delivery.delivery_id })} className={classes.name!}>
              {delivery.event}
            </Link>
            {last?.error && delivery.state !== "delivered" && <div className={classes.error}>{last.error}</div>}
            {last?.response_body && <div className={classes.said}>{last.response_body}</div>}
          </span>
        </span>
      </td>
      <td className={`${table.quiet} ${classes.line}`}>
        <Age moment={delivery.timestamp} />
      </td>
      <td>{last ? (last.status_code ?? <span className={table.quiet}>no answer</span>) : <span className={table.quiet}>not sent</span>}</td>
      <td className={`${table.more} ${classes.line}`}>{last && formatDuration(last.duration_ms ?? 0)}</td>
      <td className={table.more}>{last?.attempt ?? 0}</td>
      <td className={`${table.quiet} ${table.more} ${classes.line}`}>{next}</td>
    </tr>
  );
}
