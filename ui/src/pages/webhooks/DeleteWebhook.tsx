import type { Webhook } from "@/api/types";
import { Confirm } from "@/components/Confirm";
import { change } from "./changes";

interface DeleteWebhookProps {
  webhook: Webhook;
  onClose: () => void;
  onDeleted?: () => void;
}

/** Asks before a webhook goes. */
export function DeleteWebhook({ webhook, onClose, onDeleted }: DeleteWebhookProps) {
  return (
    <Confirm
      title={`Delete ${webhook.name}?`}
      label="Delete the webhook"
      onClose={onClose}
      onConfirm={async () => {
        if (await change("delete_webhook", { webhook_id: webhook.webhook_id }, `Deleted ${webhook.name}`)) onDeleted?.();
      }}
    >
      The webhook goes with its log, and with what waits to be sent.
    </Confirm>
  );
}
