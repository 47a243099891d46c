/** What people change of webhooks, and what they are told about it. */

import { call, CallError, type CallName } from "@/api/client";
import { queryClient } from "@/api/live";
import type { Calls } from "@/api/types";
import { notify, notifyFailure } from "@/app/notices";

const READS: readonly string[] = ["list_webhooks", "get_webhook", "list_webhook_deliveries", "get_webhook_delivery"];

/**
 * Makes a call that changes webhooks, has them read anew, and says what was done or why not.
 *
 * @param onRefusal Gets the server's words where the caller shows them itself.
 */
export async function change<K extends CallName>(name: K, request: Calls[K]["request"], done: string, onRefusal?: (why: string) => void): Promise<boolean> {
  try {
    await call(name, request);
  } catch (error) {
    if (onRefusal && error instanceof CallError) onRefusal(error.message);
    else notifyFailure(error);
    return false;
  }
  notify(done);
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => READS.includes(String(queryKey[0])) });
  return true;
}
