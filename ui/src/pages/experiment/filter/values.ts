/** Which values runs have in a field, for the editor to offer. */

import { useCall } from "@/api/live";
import { useExperimentState } from "../state";
import { columnName, parseField } from "../table/fields";
import { isNumberField } from "./completion";
import type { Place } from "./language";

const NONE: string[] = [];
const LISTED = new Set(["run_name", "user_id", "status"]);

/** Returns the values of the field that a place is about, the most frequent first; none while they are not known. */
export function useValues(place: Place | null): readonly string[] {
  const { experimentIds, search } = useExperimentState();
  const isValue = place !== null && (place.due === "value" || place.due === "list") && !isNumberField(place.field);
  const field = isValue ? parseField(place.field) : null;
  const column = !field ? "" : field.kind !== "attribute" ? columnName(field) : LISTED.has(field.key) ? field.key : "";
  const written = place?.token?.text.replace(/^['"]|['"]$/g, "") ?? "";
  const { data } = useCall(
    "get_run_values",
    {
      column,
      experiment_ids: experimentIds,
      ...(search.deleted ? { run_view_type: "DELETED_ONLY" } : {}),
      ...(written ? { search: written } : {}),
    },
    { enabled: column !== "", every: false },
  );
  return column && data ? data.values : NONE;
}
