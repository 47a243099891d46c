import { Button, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { call } from "@/api/client";
import { useCall } from "@/api/live";
import { Dialog } from "@/components/Dialog";
import { DialogForm } from "@/components/DialogForm";
import { changeRuns, countRuns, type RunsScope } from "./bulk";
import { useKeys } from "./keys";
import type { RunRows } from "./rows";

interface BulkDialogProps {
  kind: "tag" | "move";
  rows: RunRows;
  scope: RunsScope;
  /** How many runs these are. */
  count: number;
  onClose: () => void;
  onMoved: () => void;
}

/** Asks which tag the selected runs get, or to which experiment they go. */
export default function BulkDialog({ kind, ...props }: BulkDialogProps) {
  return kind === "tag" ? <TagDialog {...props} /> : <MoveDialog {...props} />;
}

function TagDialog({ rows, scope, count, onClose }: Omit<BulkDialogProps, "kind">) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const keys = useKeys();
  const submit = async (): Promise<void> => {
    if (await changeRuns(rows, "Tagged", () => call("tag_runs", { ...scope, set: [{ key: key.trim(), value }] }))) onClose();
  };
  const remove = async (): Promise<void> => {
    if (await changeRuns(rows, `Took ${key.trim()} from`, () => call("tag_runs", { ...scope, delete: [key.trim()] }))) onClose();
  };
  return (
    <Dialog onClose={onClose} title={`Tag ${countRuns(count)}`}>
      <DialogForm
        onSubmit={submit}
        onClose={onClose}
        button={
          <>
            <Button variant="default" disabled={!key.trim()} onClick={() => void remove()}>
              Remove the tag
            </Button>
            <Button type="submit" disabled={!key.trim()}>
              Set the tag
            </Button>
          </>
        }
      >
        <TextInput data-autofocus label="Key" list="tag-keys" required value={key} onChange={(event) => setKey(event.currentTarget.value)} />
        <datalist id="tag-keys">
          {keys?.tags.map((tag) => <option key={tag.key} value={tag.key} />)}
        </datalist>
        <TextInput label="Value" value={value} onChange={(event) => setValue(event.currentTarget.value)} />
      </DialogForm>
    </Dialog>
  );
}

function MoveDialog({ rows, scope, count, onClose, onMoved }: Omit<BulkDialogProps, "kind">) {
  const [to, setTo] = useState<string | null>(null);
  const { data } = useCall("search_experiments", { max_results: 5_000 });
  const experiments = (data?.experiments ?? []).map(({ experiment_id, name }) => ({ value: experiment_id, label: name }));
  const submit = async (): Promise<void> => {
    if (to && (await changeRuns(rows, "Moved", () => call("move_runs", { ...scope, to_experiment_id: to })))) {
      onMoved();
      onClose();
    }
  };
  return (
    <Dialog onClose={onClose} title={`Move ${countRuns(count)}`}>
      <DialogForm
        onSubmit={submit}
        onClose={onClose}
        button={
          <Button type="submit" disabled={!to}>
            Move
          </Button>
        }
      >
        <Select data-autofocus label="To the experiment" searchable limit={100} data={experiments} value={to} onChange={setTo} nothingFoundMessage="No experiment has this name." />
      </DialogForm>
    </Dialog>
  );
}
