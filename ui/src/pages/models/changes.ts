/** What people change in the registry, and what they are told about it. */

import { call, CallError, type CallName } from "@/api/client";
import { queryClient } from "@/api/live";
import type { Calls } from "@/api/types";
import { notify, notifyFailure } from "@/app/notices";

const READS: readonly string[] = [
  "search_registered_models",
  "get_registered_model",
  "search_model_versions",
  "get_model_version",
  "get_model_version_content",
  "list_registry_changes",
  "list_registry_rules",
  "check_model_move",
  "get_model_version_lineage",
];

/**
 * Makes a call that changes the registry, has everything of it read anew, and says what was done or why not.
 *
 * @param onRefusal Gets the words of rules that refuse the change, where the caller asks whether it is forced.
 */
export async function change<K extends CallName>(
  name: K,
  request: Calls[K]["request"],
  done: string,
  onRefusal?: (why: string) => void,
): Promise<boolean> {
  try {
    await call(name, request);
  } catch (error) {
    if (onRefusal && error instanceof CallError && error.code === "PERMISSION_DENIED") onRefusal(error.message);
    else notifyFailure(error);
    return false;
  }
  notify(done);
  await refresh();
  return true;
}

/** Has everything of the registry read anew. */
export async function refresh(): Promise<void> {
  await queryClient.invalidateQueries({ predicate: ({ queryKey }) => READS.includes(String(queryKey[0])) });
}
