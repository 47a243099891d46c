/** What an experiment's page reads first, asked for before anything is drawn. */

import { fetchCall, prefetchCall } from "@/api/live";
import { isNarrow } from "@/data/window";
import { type ExperimentUrl, PLAIN } from "./search";
import { chooseColumns } from "./table/columns";
import { parseField } from "./table/fields";
import { rowsOf, rowsQuery } from "./table/kept-rows";
import { keysRequest } from "./table/keys-request";
import { viewsOf } from "./views/request";

/** So many columns are asked for before it is known how many there is room for. */
const FIRST_COLUMNS = 12;

/** Begins to read which views there are, and the open one: they say what else is to be read. */
export function readViews(experimentId: string, { view }: ExperimentUrl): Promise<unknown> {
  return Promise.all([
    prefetchCall("list_views", viewsOf(experimentId.split(","))),
    view && view !== PLAIN && prefetchCall("get_view", { view_id: view }),
  ]);
}

/** Begins to read an experiment; the page finds what has come, or is on its way. Resolves when all of it has come. */
export function readAhead(experimentId: string, url: ExperimentUrl): Promise<unknown> {
  const experimentIds = experimentId.split(",");
  return Promise.all([
    prefetchCall("get_experiment", { experiment_id: experimentIds[0]! }),
    prefetchCall("get_run_keys", keysRequest(experimentIds, url.deleted ?? false)),
    // Which rows a view shows is not known yet.
    (!url.view || url.view === PLAIN) && readRows(experimentIds, url),
  ]);
}

/** Reads the first rows, at once with the values of the columns that will stand there. */
async function readRows(experimentIds: string[], url: ExperimentUrl): Promise<void> {
  const columns = url.columns ?? (await chosenColumns(experimentIds, url));
  const fields = columns.slice(0, FIRST_COLUMNS).filter((column) => parseField(column).kind !== "attribute");
  await rowsOf(experimentIds).readAhead(rowsQuery(experimentIds, url), fields);
}

async function chosenColumns(experimentIds: string[], { deleted = false }: ExperimentUrl): Promise<string[]> {
  try {
    return chooseColumns(await fetchCall("get_run_keys", keysRequest(experimentIds, deleted)), isNarrow());
  } catch {
    return []; // the page itself asks again, and says why it got no answer
  }
}
