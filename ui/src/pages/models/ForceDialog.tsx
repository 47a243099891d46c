import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { Dialog } from "@/components/Dialog";
import { DialogForm } from "@/components/DialogForm";
import classes from "./models.module.css";

interface ForceDialogProps {
  title: string;
  /** What the rules say against it. */
  why: string;
  /** What the button says: the deed, with "anyway". */
  label: string;
  onForce: (reason: string) => Promise<boolean>;
  onClose: () => void;
}

/** Asks whether something that rules refuse is done all the same; that needs a comment, which stands in the history. */
export function ForceDialog({ title, why, label, onForce, onClose }: ForceDialogProps) {
  const [reason, setReason] = useState("");
  const submit = async (): Promise<void> => {
    if (await onForce(reason)) onClose();
  };
  return (
    <Dialog onClose={onClose} title={title}>
      <DialogForm
        onSubmit={submit}
        onClose={onClose}
        button={
          <Button type="submit" color="red" disabled={!reason.trim()}>
            {label}
          </Button>
        }
      >
        <p className={classes.refusal}>{why}</p>
        <Textarea
          label="Comment"
          description="Stands in the history, beside what the rules said."
          autosize
          minRows={2}
          required
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </DialogForm>
    </Dialog>
  );
}
