import { Button } from "@mantine/core";
import { useCall } from "@/api/live";
import type { DeliveryAttempt, Webhook, WebhookDelivery } from "@/api/types";
import { Age } from "@/components/Age";
import { Code } from "@/components/Code";
import { Copyable } from "@/components/Copyable";
import { Dialog } from "@/components/Dialog";
import { DialogButtons } from "@/components/DialogForm";
import { Facts } from "@/components/Facts";
import { Failure } from "@/components/Failure";
import table from "@/components/Table.module.css";
import { useNow } from "@/components/useNow";
import { formatDuration } from "@/data/times";
import { change } from "./changes";
import { describeNextTry, headersOf, indentJson } from "./deliveries";
import { describeEvent } from "./events";
import { DeliveryMark } from "./marks";
import classes from "./webhooks.module.css";

/** Milliseconds between two looks at a delivery, whose tries one waits for. */
const OFTEN = 1_000;

/** One delivery: what was sent, what came back at each try, and once more. */
export function DeliveryDialog({ webhook, id, onClose }: { webhook: Webhook; id: string; onClose: () => void }) {
  const { data, error } = useCall("get_webhook_delivery", { delivery_id: id }, { every: OFTEN, keep: false });
  const delivery = data?.delivery;
  return (
    <Dialog onClose={onClose} title={delivery?.event ?? "Delivery"} size="xl">
      {error && !delivery && <Failure error={error} />}
      {delivery && <Whole delivery={delivery} webhook={webhook} onClose={onClose} />}
    </Dialog>
  );
}

function Whole({ delivery, webhook, onClose }: { delivery: WebhookDelivery; webhook: Webhook; onClose: () => void }) {
  const { delivery_id: id, event, attempts = [], state, body = "" } = delivery;
  const isActive = webhook.status === "ACTIVE";
  const next = describeNextTry(delivery, isActive, useNow(1_000));
  return (
    <>
      <Facts
        facts={[
          ["Event", `${describeEvent(event)}.`],
          ["Happened", <Age key="happened" moment={delivery.timestamp} />],
          ["State", <DeliveryMark key="state" delivery={delivery} isActive={isActive} withWord />],
          ["Next try", next],
          ["Id", <Copyable key="id" text={id} label="the id" />],
        ]}
      />
      <h3 className={classes.head}>Tries</h3>
      {attempts.length ? <Attempts attempts={attempts} /> : <p className={classes.quiet}>It was not sent yet.</p>}
      <h3 className={classes.head}>Request</h3>
      <pre className={classes.headers}>{`POST ${webhook.url}\n${headersOf(delivery, webhook)}`}</pre>
      <Code text={indentJson(body)} />
      <DialogButtons onClose={onClose} away="Close">
        <Button onClick={() => void change("redeliver_webhook", { delivery_id: id }, `${event} is sent again`)}>{state === "pending" ? "Try now" : "Send again"}</Button>
      </DialogButtons>
    </>
  );
}

/** The tries, the newest first, with what the receiver said where the server keeps it. */
function Attempts({ attempts }: { attempts: readonly DeliveryAttempt[] }) {
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th>Try</th>
          <th>When</th>
          <th>Answer</th>
          <th>Took</th>
        </tr>
      </thead>
      <tbody>
        {[...attempts].reverse().map(({ attempt, timestamp, duration_ms: duration = 0, status_code: status, error, response_body: said }) => (
          <tr key={attempt}>
            <td>{attempt}</td>
            <td className={`${table.quiet} ${classes.line}`}>
              <Age moment={timestamp} />
            </td>
            <td>
              {status ?? <span className={table.quiet}>none</span>}
              {error && <div className={classes.error}>{error}</div>}
              {said && (
                <pre className={classes.answer} tabIndex={0} aria-label={`Answer to try ${attempt}`}>
                  {indentJson(said)}
                </pre>
              )}
            </td>
            <td className={classes.line}>{formatDuration(duration)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
