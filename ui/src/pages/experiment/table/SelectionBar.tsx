import { ActionIcon, Button } from "@mantine/core";
import { IconArrowBackUp, IconArrowsDiff, IconFolderSymlink, IconTag, IconTrash, IconX } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { call } from "@/api/client";
import { useActions } from "@/app/actions";
import { notify } from "@/app/notices";
import { useRights } from "@/app/session";
import { useExperimentState } from "../state";
import { changeRuns, countRuns, type RunsScope } from "./bulk";
import type { RunRows } from "./rows";
import { MOST_SELECTED } from "./selection";
import classes from "./SelectionBar.module.css";

const BulkDialog = lazy(() => import("./BulkDialog"));

interface SelectionBarProps {
  rows: RunRows;
  selected: readonly string[];
  /** How many runs the filter finds. */
  total: number;
}

/** What can be done with the selected runs, or with all that the filter finds. */
export function SelectionBar({ rows, selected, total }: SelectionBarProps) {
  const { experimentIds, search, change } = useExperimentState();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<"tag" | "move" | null>(null);
  const [isOfAll, setIsOfAll] = useState(false);
  const { mayWrite, whyNot } = useRights();
  const rights = { disabled: !mayWrite, title: mayWrite ? undefined : whyNot };
  const run_ids = [...selected];
  const canBeAll = total > selected.length && selected.length >= Math.min(rows.size, MOST_SELECTED);
  const takesAll = isOfAll && canBeAll;
  const scope: RunsScope = takesAll ? { experiment_ids: experimentIds, ...(search.filter ? { filter: search.filter } : {}) } : { run_ids };
  const count = takesAll ? total : selected.length;
  const clear = (): void => change({ selected: undefined });
  const remove = async (): Promise<void> => {
    if (await changeRuns(rows, "Deleted", () => call("delete_runs", scope))) clear();
  };
  const restore = async (): Promise<void> => {
    if (await changeRuns(rows, "Restored", () => call("restore_runs", scope))) clear();
  };
  const compare = (): void => {
    if (selected.length < 2) notify("Select two runs or more to compare them");
    else void navigate({ to: "/compare", search: { runs: run_ids } });
  };
  useActions([
    { id: "runs.compare", label: "Compare the selected runs", keys: "c", section: "Selected runs", run: compare },
    { id: "runs.clear", label: "Select no runs", keys: "Escape", section: "Selected runs", run: clear },
  ]);
  return (
    <div className={classes.bar} role="toolbar" aria-label="Selected runs">
      <ActionIcon aria-label="Select no runs" onClick={clear}>
        <IconX size={13} />
      </ActionIcon>
      <span className={classes.count}>{countRuns(count)}</span>
      {canBeAll && (
        <Button variant="subtle" size="compact-xs" onClick={() => setIsOfAll(!isOfAll)}>
          {takesAll ? `Only these ${selected.length}` : `All ${countRuns(total)}`}
        </Button>
      )}
      {search.deleted ? (
        <Button {...rights} variant="subtle" color="gray" size="compact-xs" leftSection={<IconArrowBackUp size={13} />} onClick={() => void restore()}>
          Restore
        </Button>
      ) : (
        <>
          <Button variant="subtle" color="gray" size="compact-xs" leftSection={<IconArrowsDiff size={13} />} disabled={selected.length < 2 || takesAll} onClick={compare}>
            Compare
          </Button>
          <Button {...rights} variant="subtle" color="gray" size="compact-xs" leftSection={<IconTag size={13} />} onClick={() => setDialog("tag")}>
            Tag
          </Button>
          <Button {...rights} variant="subtle" color="gray" size="compact-xs" leftSection={<IconFolderSymlink size={13} />} onClick={() => setDialog("move")}>
            Move
          </Button>
          <Button {...rights} variant="subtle" color="gray" size="compact-xs" leftSection={<IconTrash size={13} />} onClick={() => void remove()}>
            Delete
          </Button>
        </>
      )}
      <Suspense>{dialog && <BulkDialog kind={dialog} rows={rows} scope={scope} count={count} onClose={() => setDialog(null)} onMoved={clear} />}</Suspense>
    </div>
  );
}
