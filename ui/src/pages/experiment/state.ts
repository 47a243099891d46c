/** The state of the experiment's page for its parts: they read it, and change it by what is different. */

import { useCallback, useMemo } from "react";
import { experimentRoute } from "@/app/router";
import type { ExperimentSearch } from "./search";

export interface ExperimentState {
  /** The experiments that the page shows, one or more. */
  experimentIds: string[];
  search: ExperimentSearch;
  /**
   * Changes the state; a field that is undefined returns to its default.
   *
   * @param replaces Whether the back button skips this (default: yes, but for what is a place of its own).
   */
  change: (changes: Partial<ExperimentSearch>, replaces?: boolean) => void;
}

export function useExperimentState(): ExperimentState {
  const { experimentId } = experimentRoute.useParams();
  const search = experimentRoute.useSearch();
  const navigate = experimentRoute.useNavigate();
  const experimentIds = useMemo(() => experimentId.split(","), [experimentId]);
  const change = useCallback(
    (changes: Partial<ExperimentSearch>, replaces = true) => {
      void navigate({
        search: (before) => {
          const after: Record<string, unknown> = { ...before, ...changes };
          for (const [name, value] of Object.entries(after)) if (value === undefined) delete after[name];
          return after as ExperimentSearch;
        },
        replace: replaces,
      });
    },
    [navigate],
  );
  return { experimentIds, search, change };
}
