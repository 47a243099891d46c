import { Button, Textarea, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Dialog } from "@/components/Dialog";
import { DialogForm } from "@/components/DialogForm";
import { change } from "./changes";

/** Asks for the name of a new registered model, and creates it. */
export function NewModel({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const navigate = useNavigate();
  const submit = async (): Promise<void> => {
    if (!(await change("create_registered_model", { name, description: description || null }, `Created ${name}`))) return;
    onClose();
    void navigate({ to: "/models/$name", params: { name } });
  };
  return (
    <Dialog onClose={onClose} title="New model">
      <DialogForm
        onSubmit={submit}
        onClose={onClose}
        button={
          <Button type="submit" disabled={!name.trim()}>
            Create
          </Button>
        }
      >
        <TextInput label="Name" description="Without / and :" value={name} data-autofocus required onChange={(event) => setName(event.currentTarget.value)} />
        <Textarea label="Description" autosize minRows={3} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
      </DialogForm>
    </Dialog>
  );
}
