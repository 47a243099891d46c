/** What became of a delivery, in words. */

import type { Webhook, WebhookDelivery } from "@/api/types";
import { formatDuration } from "@/data/times";

/** Returns how a delivery is: "Delivered", "Waits for another try", "Paused with its webhook". */
export function describeState({ state, attempts }: WebhookDelivery, isActive: boolean): string {
  if (state === "delivered") return "Delivered";
  if (state === "failed") return "Failed";
  if (!isActive) return "Paused with its webhook";
  return attempts?.length ? "Waits for another try" : "Waits to be sent";
}

/** Returns when a pending delivery is tried next; undefined for one that is not. */
export function describeNextTry({ state, next_attempt: next }: WebhookDelivery, isActive: boolean, now: number): string | undefined {
  if (state !== "pending" || next === undefined) return undefined;
  if (!isActive) return "when it is active";
  return next <= now ? "now" : `in ${formatDuration(next - now)}`;
}

/** Returns the head of a request as it was sent; the signature alone is hidden. */
export function headersOf(delivery: WebhookDelivery, { has_secret: isSigned }: Webhook): string {
  const last = delivery.attempts?.at(-1);
  return [
    "Content-Type: application/json",
    `X-MLflow-Delivery-Id: ${delivery.delivery_id}`,
    ...(last ? [`X-MLflow-Timestamp: ${Math.floor(last.timestamp / 1000)}`] : []),
    ...(isSigned ? ["X-MLflow-Signature: v1,•••"] : []),
  ].join("\n");
}

/** Returns a body with one line each field; as it is where it is no JSON. */
export function indentJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
