/** What was recorded of where a run ran, as the pages need it. */

import { useMemo } from "react";
import { useCall } from "@/api/live";
import type { SessionContext } from "@/api/types";

export interface RunContext {
  git?: { commit?: string; branch?: string; remote?: string; script?: string; is_dirty?: boolean; diff_note?: string };
  command?: { entry?: string; arguments?: string[]; folder?: string; user?: string; host?: string; rank?: number; world_size?: number };
  python?: { version?: string; implementation?: string; executable?: string; os?: string; machine?: string };
  packages?: Record<string, string>;
  hardware?: { cpu?: string; cores?: number; usable_cores?: number; memory?: number; gpus?: { name: string; memory?: number; driver?: string }[]; cuda?: string; blas?: string };
  seeds?: Record<string, unknown>;
  /** How often the run was started. */
  sessions: number;
}

/** Reads the context of a run: that of its latest start. */
export function useRunContext(runId: string, isRunning: boolean): RunContext | undefined {
  const { data } = useCall("get_run_context", { run_id: runId }, { every: isRunning ? 5_000 : false, keep: false });
  return useMemo(() => data && readContext(data.sessions), [data]);
}

/** Returns the documents of the latest session; a part that is no JSON is left out. */
export function readContext(sessions: readonly SessionContext[]): RunContext {
  const context: Record<string, unknown> = {};
  for (const { name, content } of sessions.at(-1)?.parts ?? []) {
    if (content === undefined) continue;
    try {
      context[name] = JSON.parse(content);
    } catch {
      continue;
    }
  }
  return { ...context, sessions: sessions.length };
}
