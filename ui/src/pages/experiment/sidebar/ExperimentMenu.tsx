import { Menu } from "@mantine/core";
import { IconArrowBackUp, IconCopy, IconFolderPlus, IconPencil, IconTrash } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { call } from "@/api/client";
import { queryClient } from "@/api/live";
import type { Experiment } from "@/api/types";
import { notify, notifyFailure } from "@/app/notices";
import { useRights } from "@/app/session";
import { Anchor } from "../table/Anchor";

const ExperimentDialog = lazy(() => import("./ExperimentDialog"));

export type Question = { kind: "create"; folder?: string } | { kind: "rename" | "delete"; experiment: Experiment };

interface ExperimentMenuProps {
  experiment: Experiment;
  box: DOMRect;
  isOfDeleted: boolean;
  onDialog: (dialog: Question) => void;
  onClose: () => void;
}

/** The id of the experiment that every store has; it can be renamed, not deleted. */
const DEFAULT = "0";

/** What can be done with an experiment. */
export function ExperimentMenu({ experiment, box, isOfDeleted, onDialog, onClose }: ExperimentMenuProps) {
  const { name, experiment_id: id } = experiment;
  const folder = name.split("/").slice(0, -1).join("/");
  const { mayWrite, whyNot } = useRights();
  const rights = { disabled: !mayWrite, title: mayWrite ? undefined : whyNot };
  const copy = (): void => void navigator.clipboard.writeText(id).then(() => notify("Copied"));
  return (
    // Mantine's place for the first focus is no item, which a menu must not hold.
    <Menu opened onClose={onClose} position="bottom-start" width={208} returnFocus withInitialFocusPlaceholder={false}>
      <Anchor box={box} />
      <Menu.Dropdown>
        {isOfDeleted ? (
          <Menu.Item {...rights} leftSection={<IconArrowBackUp size={14} />} onClick={() => void restoreExperiment(experiment)}>
            Restore
          </Menu.Item>
        ) : (
          <Menu.Item {...rights} leftSection={<IconPencil size={14} />} onClick={() => onDialog({ kind: "rename", experiment })}>
            Rename
          </Menu.Item>
        )}
        {folder && !isOfDeleted && (
          <Menu.Item {...rights} leftSection={<IconFolderPlus size={14} />} onClick={() => onDialog({ kind: "create", folder })}>
            Create one beside it
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconCopy size={14} />} onClick={copy}>
          Copy its id, {id}
        </Menu.Item>
        {!isOfDeleted && id !== DEFAULT && (
          <Menu.Item {...rights} leftSection={<IconTrash size={14} />} onClick={() => onDialog({ kind: "delete", experiment })}>
            Delete
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

export function ExperimentDialogs({ dialog, onClose }: { dialog: Question | null; onClose: () => void }) {
  return <Suspense>{dialog && <ExperimentDialog dialog={dialog} onClose={onClose} />}</Suspense>;
}

/** Takes back the deletion of an experiment, and says so. */
export async function restoreExperiment({ experiment_id, name }: Experiment): Promise<void> {
  try {
    await call("restore_experiment", { experiment_id });
    notify(`Restored ${name}`);
  } catch (error) {
    notifyFailure(error);
  }
  void queryClient.invalidateQueries();
}
