import { Button, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Dialog } from "@/components/Dialog";
import { change } from "./changes";
import classes from "./models.module.css";

/** Asks for another name of a model, and renames it. */
export function RenameModel({ name, onClose }: { name: string; onClose: () => void }) {
  const [newName, setNewName] = useState(name);
  const navigate = useNavigate();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!(await change("rename_registered_model", { name, new_name: newName }, `Renamed to ${newName}`))) return;
    onClose();
    void navigate({ to: "/models/$name", params: { name: newName } });
  };
  return (
    <Dialog onClose={onClose} title={`Rename ${name}`}>
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <TextInput label="New name" value={newName} data-autofocus onChange={(event) => setNewName(event.currentTarget.value)} />
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!newName.trim() || newName === name}>
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
