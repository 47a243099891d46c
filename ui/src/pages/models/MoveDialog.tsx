import { Button, Checkbox, Select, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useCall } from "@/api/live";
import { Dialog } from "@/components/Dialog";
import { DialogForm } from "@/components/DialogForm";
import { change, refresh } from "./changes";
import { Findings } from "./Findings";
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

/** Asks which alias or stage a version gets, and why; shows what the rules say of it, and moves it. */
export function MoveDialog({ kind, name, version, stage, onClose }: MoveDialogProps) {
  const [target, setTarget] = useState(kind === "stage" ? (stage ?? "None") : "");
  const [reason, setReason] = useState("");
  const [archives, setArchives] = useState(true);
  const isStage = kind === "stage";
  const [settled] = useDebouncedValue(target.trim(), isStage ? 0 : 150);
  const isActive = target === "Production" || target === "Staging";
  const isMove = !isStage || target !== (stage ?? "None");
  const check = useCall(
    "check_model_move",
    { name, version, ...(isStage ? { stage: settled, archive_existing_versions: archives && isActive } : { alias: settled }) },
    { every: false, enabled: settled !== "" && isMove },
  );
  const isChecked = settled === target.trim() && check.data !== undefined && !check.isPlaceholderData && isMove;
  const findings = isChecked ? check.data!.findings : [];
  const isRefused = isChecked && !check.data!.passes;
  const problem = settled !== "" && isMove && !check.isFetching ? check.error?.message : undefined;
  const submit = async (): Promise<void> => {
    const comment = { reason: reason.trim() || null, force: isRefused };
    const moved = isStage
      ? await change(
          "transition_model_version_stage",
          { name, version, stage: target, archive_existing_versions: archives && isActive, expected: stage ?? null, ...comment },
          `Version ${version} is in ${target}`,
        )
      : await change("set_registered_model_alias", { name, version, alias: target.trim(), ...comment }, `@${target.trim()} names version ${version}`);
    if (moved) onClose();
    else await refresh(); // what refused it may have come after the dialog had asked
  };
  return (
    <Dialog onClose={onClose} title={isStage ? `Stage of version ${version}` : `Alias for version ${version}`}>
      <DialogForm
        onSubmit={submit}
        onClose={onClose}
        button={
          isRefused ? (
            <Button type="submit" color="red" disabled={!reason.trim()}>
              Move anyway
            </Button>
          ) : (
            <Button type="submit" disabled={!target.trim() || problem !== undefined || !isMove}>
              Move
            </Button>
          )
        }
      >
        {isStage ? (
          <Select label="Stage" data={STAGES} value={target} allowDeselect={false} error={problem} onChange={(value) => setTarget(value ?? "None")} />
        ) : (
          <TextInput label="Alias" leftSection="@" value={target} data-autofocus required error={problem} onChange={(event) => setTarget(event.currentTarget.value)} />
        )}
        {isStage && isActive && (
          <Checkbox label={`Archive the versions that are in ${target} now`} checked={archives} onChange={(event) => setArchives(event.currentTarget.checked)} />
        )}
        <div role="status" aria-label="Check">
          {findings.length > 0 && (
            <>
              <p className={classes.verdict}>{isRefused ? "Rules refuse this move." : "The rules let it pass."}</p>
              <Findings findings={findings} />
            </>
          )}
        </div>
        <Textarea
          label="Comment"
          description={isRefused ? "Why it is moved anyway: it stands in the history, beside what the rules said." : "Stands in the history, for those who ask why."}
          autosize
          minRows={2}
          required={isRefused}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </DialogForm>
    </Dialog>
  );
}
