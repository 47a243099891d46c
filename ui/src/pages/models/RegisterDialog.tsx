import { Autocomplete, Button, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call, CallError } from "@/api/client";
import { useCall } from "@/api/live";
import { notify, notifyFailure } from "@/app/notices";
import { quoteText } from "@/app/matching";
import { Dialog } from "@/components/Dialog";
import { DialogForm } from "@/components/DialogForm";
import { refresh } from "./changes";

interface RegisterDialogProps {
  runId: string;
  /** The run's artifact location. */
  artifactUri: string;
  /** The folder that is suggested; empty for all of the run's files. */
  path?: string;
  onClose: () => void;
}

/** Asks as which model files of a run are registered, and creates the version, and the model if it is new. */
export function RegisterDialog({ runId, artifactUri, path = "", onClose }: RegisterDialogProps) {
  const [name, setName] = useState("");
  const [folder, setFolder] = useState(path);
  const [description, setDescription] = useState("");
  const [settled] = useDebouncedValue(name.trim(), 150);
  const filter = settled ? `name ILIKE ${quoteText(`%${settled}%`)}` : null;
  const models = useCall("search_registered_models", { filter, max_results: 20 }).data?.registered_models ?? [];
  const navigate = useNavigate();
  const submit = async (): Promise<void> => {
    try {
      const version = await register(name.trim(), folder ? `${artifactUri.replace(/\/$/, "")}/${folder}` : artifactUri, runId, description);
      await refresh();
      notify(`Registered as ${name} version ${version}`, {
        action: { label: "Open", run: () => void navigate({ to: "/models/$name/versions/$version", params: { name: name.trim(), version } }) },
      });
      onClose();
    } catch (error) {
      notifyFailure(error);
    }
  };
  return (
    <Dialog onClose={onClose} title="Register files as a model">
      <DialogForm
        onSubmit={submit}
        onClose={onClose}
        button={
          <Button type="submit" disabled={!name.trim()}>
            Register
          </Button>
        }
      >
        <Autocomplete
          size="xs"
          label="Model"
          description="One that is there gets its next version; another name makes a new model."
          data={models.map((model) => model.name)}
          filter={({ options }) => options}
          value={name}
          onChange={setName}
          data-autofocus
          required
        />
        <TextInput label="Folder" description="Below the run's artifacts; empty for all of them." value={folder} onChange={(event) => setFolder(event.currentTarget.value)} />
        <Textarea label="Description of the version" autosize minRows={2} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
      </DialogForm>
    </Dialog>
  );
}

/** Creates a version, and before it the model if there is none of the name; returns the version. */
async function register(name: string, source: string, runId: string, description: string): Promise<string> {
  try {
    await call("create_registered_model", { name });
  } catch (error) {
    if (!(error instanceof CallError && error.code === "RESOURCE_ALREADY_EXISTS")) throw error;
  }
  const { model_version: made } = await call("create_model_version", { name, source, run_id: runId, description: description || null });
  return made.version;
}
