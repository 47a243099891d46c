/** From a run in a chart to its page. */

import { useNavigate, useParams } from "@tanstack/react-router";
import { useCallback } from "react";
import { call } from "@/api/client";
import { notifyFailure } from "@/app/notices";

/** Returns what opens the page of a run, of whichever experiment it is. */
export function useOpenRun(): (runId: string) => void {
  const navigate = useNavigate();
  const { experimentId: shown } = useParams({ strict: false });
  return useCallback(
    (runId) => {
      const open = async (): Promise<void> => {
        const isOne = shown !== undefined && !shown.includes(",");
        const experimentId = isOne ? shown : (await call("get_run", { run_id: runId })).run.info.experiment_id;
        await navigate({ to: "/experiments/$experimentId/runs/$runId", params: { experimentId, runId } });
      };
      open().catch(notifyFailure);
    },
    [navigate, shown],
  );
}
