import { Button, Select } from "@mantine/core";
import { useState } from "react";
import { call, CallError } from "@/api/client";
import type { Webhook, WebhookTestResult } from "@/api/types";
import { Dialog } from "@/components/Dialog";
import { DialogForm } from "@/components/DialogForm";
import { Facts } from "@/components/Facts";
import { indentJson } from "./deliveries";
import { describeEvent, eventsOf, writeEvent } from "./events";
import classes from "./webhooks.module.css";

/** Sends an example of an event to a webhook now, and shows what came of it. */
export function TestDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const events = eventsOf(webhook);
  const [event, setEvent] = useState(events[0] ?? "");
  const [isSending, setSending] = useState(false);
  const [result, setResult] = useState<WebhookTestResult | null>(null);
  const submit = async (): Promise<void> => {
    setSending(true);
    try {
      setResult((await call("test_webhook", { webhook_id: webhook.webhook_id, event: writeEvent(event) })).result);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      setResult({ success: false, error_message: error.message });
    }
    setSending(false);
  };
  return (
    <Dialog onClose={onClose} title={`Test ${webhook.name}`}>
      <DialogForm
        onSubmit={submit}
        onClose={onClose}
        away="Close"
        button={
          <Button type="submit" loading={isSending} data-autofocus>
            {result ? "Send again" : "Send the test"}
          </Button>
        }
      >
        <Select
          label="Event"
          description={`${describeEvent(event)}. An example of it is sent once, now, and stands in no log.`}
          data={events}
          value={event}
          allowDeselect={false}
          onChange={(next) => setEvent(next ?? event)}
        />
        <div role="status" aria-label="Result" className={classes.result} data-success={result?.success}>
          {result && (
            <>
              <p className={classes.verdict}>{result.success ? "The receiver took it." : "The receiver did not take it."}</p>
              <Facts
                facts={[
                  ["Status", result.response_status],
                  ["Error", result.error_message],
                  [
                    "Answer",
                    result.response_body && (
                      <pre key="body" className={classes.answer} tabIndex={0} aria-label="Answer">
                        {indentJson(result.response_body)}
                      </pre>
                    ),
                  ],
                ]}
              />
            </>
          )}
        </div>
      </DialogForm>
    </Dialog>
  );
}
