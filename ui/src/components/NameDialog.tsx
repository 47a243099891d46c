import { Button, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { CallError } from "@/api/client";
import { Dialog } from "./Dialog";
import { DialogForm } from "./DialogForm";

interface NameDialogProps {
  title: ReactNode;
  /** What the button says: "Rename". */
  label: string;
  /** What the field says at first: the name so far, or its beginning. */
  begun?: string;
  description?: string;
  /** Gives the name, and what goes with that; why it fails stands at the field. */
  onName: (name: string) => Promise<unknown>;
  onClose: () => void;
  /** More fields. */
  children?: ReactNode;
}

/** Asks for a name, a new one or another one. */
export function NameDialog({ title, label, begun = "", description, onName, onClose, children }: NameDialogProps) {
  const [typed, setTyped] = useState(begun);
  const [error, setError] = useState("");
  const [isSent, setSent] = useState(false);
  const name = typed.trim();
  const submit = async (): Promise<void> => {
    setSent(true);
    try {
      await onName(name);
      onClose();
    } catch (failure) {
      setError(failure instanceof CallError ? failure.message : String(failure));
      setSent(false);
    }
  };
  return (
    <Dialog onClose={onClose} title={title}>
      <DialogForm
        onSubmit={submit}
        onClose={onClose}
        button={
          <Button type="submit" disabled={!name || name === begun || isSent}>
            {label}
          </Button>
        }
      >
        <TextInput
          data-autofocus
          label="Name"
          description={description}
          required
          value={typed}
          error={error}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setError("");
          }}
        />
        {children}
      </DialogForm>
    </Dialog>
  );
}
