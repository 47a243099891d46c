import { Button, Textarea, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Dialog } from "@/components/Dialog";
import { change } from "./changes";
import classes from "./models.module.css";

/** Asks for the name of a new registered model, and creates it. */
export function NewModel({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const navigate = useNavigate();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!(await change("create_registered_model", { name, description: description || null }, `Created ${name}`))) return;
    onClose();
    void navigate({ to: "/models/$name", params: { name } });
  };
  return (
    <Dialog onClose={onClose} title="New model">
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <TextInput label="Name" description="Without / and :" value={name} data-autofocus required onChange={(event) => setName(event.currentTarget.value)} />
        <Textarea label="Description" autosize minRows={3} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!name.trim()}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
