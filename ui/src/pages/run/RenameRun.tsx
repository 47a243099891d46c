import { Button, Group, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { queryClient } from "@/api/live";
import { notify, notifyFailure } from "@/app/notices";
import { Dialog } from "@/components/Dialog";

/** Asks for another name of a run, and renames it. */
export function RenameRun({ runId, name, onClose }: { runId: string; name: string; onClose: () => void }) {
  const [newName, setNewName] = useState(name);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    try {
      await call("update_run", { run_id: runId, run_name: newName });
      await queryClient.invalidateQueries();
      notify(`Renamed to ${newName}`);
      onClose();
    } catch (error) {
      notifyFailure(error);
    }
  };
  return (
    <Dialog onClose={onClose} title="Rename the run">
      <form onSubmit={(event) => void submit(event)}>
        <TextInput label="Name" value={newName} data-autofocus onChange={(event) => setNewName(event.currentTarget.value)} />
        <Group justify="flex-end" gap="xs" mt="md">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!newName.trim()}>
            Rename
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
