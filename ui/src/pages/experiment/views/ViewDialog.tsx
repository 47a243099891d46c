import { Checkbox } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { notify } from "@/app/notices";
import { Confirm } from "@/components/Confirm";
import { NameDialog } from "@/components/NameDialog";
import { PLAIN } from "../search";
import { useExperimentState } from "../state";
import { createView, removeView, updateView } from "./changes";

interface ViewDialogProps {
  kind: "save" | "rename" | "delete";
  /** Whether the server knows who the reader is, so that a view can be private. */
  isVerified: boolean;
  onClose: () => void;
}

/** Asks what a new view is called and for whom it is, for another name of the open one, or whether it is to be deleted. */
export default function ViewDialog({ kind, ...props }: ViewDialogProps) {
  if (kind === "delete") return <DeleteDialog {...props} />;
  return <ViewName kind={kind} {...props} />;
}

function ViewName({ kind, isVerified, onClose }: ViewDialogProps) {
  const { experimentIds, search, view } = useExperimentState();
  const isNew = kind === "save";
  const [isShared, setIsShared] = useState(true);
  const [isDefault, setIsDefault] = useState(false);
  const navigate = useNavigate();
  const save = async (name: string): Promise<unknown> => {
    if (!isNew) return updateView({ view_id: view!.view_id, name });
    const { view_id } = await createView({ name, experiment_ids: experimentIds, is_shared: isShared, is_default: isShared && isDefault }, search);
    void navigate({ to: ".", search: { view: view_id }, replace: true });
    return notify(`Saved the view ${name}`);
  };
  return (
    <NameDialog
      title={isNew ? "Save as new view" : "Rename the view"}
      label={isNew ? "Save" : "Rename"}
      begun={isNew ? "" : view!.name}
      onName={save}
      onClose={onClose}
    >
      {isNew && isVerified && (
        <Checkbox label="Shared with all who may read" checked={isShared} onChange={(event) => setIsShared(event.currentTarget.checked)} />
      )}
      {isNew && experimentIds.length === 1 && (
        <Checkbox
          label="Default: who opens the experiment sees it"
          disabled={!isShared}
          checked={isShared && isDefault}
          onChange={(event) => setIsDefault(event.currentTarget.checked)}
        />
      )}
    </NameDialog>
  );
}

function DeleteDialog({ onClose }: Omit<ViewDialogProps, "kind">) {
  const { search, view } = useExperimentState();
  const navigate = useNavigate();
  if (!view) return null;
  const remove = async (): Promise<void> => {
    if (!(await removeView(view))) return;
    // The page goes on to show what it shows.
    void navigate({ to: ".", search: Object.keys(search).length ? search : { view: PLAIN }, replace: true });
  };
  return (
    <Confirm title={`Delete the view ${view.name}?`} label="Delete" onConfirm={remove} onClose={onClose}>
      Its runs stay. Links to it open the experiment without a view.
    </Confirm>
  );
}
