/** What an experiment's page reads first, asked for before anything is drawn. */

import { prefetchCall } from "@/api/live";
import { type ExperimentUrl, PLAIN } from "./search";
import { keysRequest } from "./table/keys";
import { rowsOf, rowsQuery } from "./table/table-hooks";
import { viewsOf } from "./views/request";

/** Begins to read which views there are, and the open one: they say what else is to be read. */
export function readViews(experimentId: string, { view }: ExperimentUrl): void {
  prefetchCall("list_views", viewsOf(experimentId.split(",")));
  if (view && view !== PLAIN) prefetchCall("get_view", { view_id: view });
}

/** Begins to read an experiment; the page finds what has come, or is on its way. */
export function readAhead(experimentId: string, url: ExperimentUrl): void {
  const experimentIds = experimentId.split(",");
  prefetchCall("get_experiment", { experiment_id: experimentIds[0]! });
  prefetchCall("get_run_keys", keysRequest(experimentIds, url.deleted ?? false));
  // Which rows a view shows is not known yet.
  if (!url.view || url.view === PLAIN) rowsOf(experimentIds).setQuery(rowsQuery(experimentIds, url));
}
