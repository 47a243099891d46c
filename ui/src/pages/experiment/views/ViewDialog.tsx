import { Button, Checkbox, Group, Stack, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { CallError } from "@/api/client";
import { notify } from "@/app/notices";
import { Confirm } from "@/components/Confirm";
import { Dialog } from "@/components/Dialog";
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
  return <NameDialog kind={kind} {...props} />;
}

function NameDialog({ kind, isVerified, onClose }: ViewDialogProps) {
  const { experimentIds, search, view } = useExperimentState();
  const isNew = kind === "save";
  const begun = isNew ? "" : view!.name;
  const [name, setName] = useState(begun);
  const [isShared, setIsShared] = useState(true);
  const [isDefault, setIsDefault] = useState(false);
  const [error, setError] = useState("");
  const navigate = useNavigate();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      if (isNew) {
        const request = { name: name.trim(), experiment_ids: experimentIds, is_shared: isShared, is_default: isShared && isDefault };
        const { view_id } = await createView(request, search);
        void navigate({ to: ".", search: { view: view_id }, replace: true });
        notify(`Saved the view ${name.trim()}`);
      } else {
        await updateView({ view_id: view!.view_id, name: name.trim() });
      }
      onClose();
    } catch (failure) {
      setError(failure instanceof CallError ? failure.message : String(failure));
    }
  };
  return (
    <Dialog onClose={onClose} title={isNew ? "Save as new view" : "Rename the view"}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="md">
          <TextInput
            data-autofocus
            label="Name"
            required
            value={name}
            error={error}
            onChange={(event) => {
              setName(event.currentTarget.value);
              setError("");
            }}
          />
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
        </Stack>
        <Group mt="lg" justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!name.trim() || name.trim() === begun}>
            {isNew ? "Save" : "Rename"}
          </Button>
        </Group>
      </form>
    </Dialog>
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
