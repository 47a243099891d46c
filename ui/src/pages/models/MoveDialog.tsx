import { Button, Checkbox, Modal, Select, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { change } from "./changes";
import classes from "./models.module.css";

export const STAGES = ["None", "Staging", "Production", "Archived"];

interface MoveDialogProps {
  kind: "alias" | "stage";
  name: string;
  version: string;
  /** The version's stage now; the move is refused if somebody else was faster. */
  stage?: string | undefined;
  onClose: () => void;
}

/** Asks which alias or stage a version gets, and why, and moves it. */
export function MoveDialog({ kind, name, version, stage, onClose }: MoveDialogProps) {
  const [target, setTarget] = useState(kind === "stage" ? (stage ?? "None") : "");
  const [reason, setReason] = useState("");
  const [archives, setArchives] = useState(true);
  const isStage = kind === "stage";
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const comment = { reason: reason || null };
    const moved = isStage
      ? await change(
          "transition_model_version_stage",
          { name, version, stage: target, archive_existing_versions: archives && (target === "Production" || target === "Staging"), expected: stage ?? null, ...comment },
          `Version ${version} is in ${target}`,
        )
      : await change("set_registered_model_alias", { name, version, alias: target, ...comment }, `@${target} names version ${version}`);
    if (moved) onClose();
  };
  return (
    <Modal opened onClose={onClose} title={isStage ? `Stage of version ${version}` : `Alias for version ${version}`}>
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        {isStage ? (
          <Select label="Stage" data={STAGES} value={target} allowDeselect={false} onChange={(value) => setTarget(value ?? "None")} />
        ) : (
          <TextInput label="Alias" leftSection="@" value={target} data-autofocus required onChange={(event) => setTarget(event.currentTarget.value)} />
        )}
        {isStage && (target === "Production" || target === "Staging") && (
          <Checkbox label={`Archive the versions that are in ${target} now`} checked={archives} onChange={(event) => setArchives(event.currentTarget.checked)} />
        )}
        <Textarea label="Comment" description="Stands in the history, for those who ask why." autosize minRows={2} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!target.trim()}>
            Move
          </Button>
        </div>
      </form>
    </Modal>
  );
}
