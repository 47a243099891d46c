import { Button, Group, Modal, Select, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { useCall } from "@/api/live";
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
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await changeRuns(rows, "Tagged", () => call("tag_runs", { ...scope, set: [{ key: key.trim(), value }] }))) onClose();
  };
  const remove = async (): Promise<void> => {
    if (await changeRuns(rows, `Took ${key.trim()} from`, () => call("tag_runs", { ...scope, delete: [key.trim()] }))) onClose();
  };
  return (
    <Modal opened onClose={onClose} title={`Tag ${countRuns(count)}`}>
      <form onSubmit={(event) => void submit(event)}>
        <TextInput data-autofocus label="Key" list="tag-keys" required value={key} onChange={(event) => setKey(event.currentTarget.value)} />
        <datalist id="tag-keys">
          {keys?.tags.map((tag) => <option key={tag.key} value={tag.key} />)}
        </datalist>
        <TextInput mt="sm" label="Value" value={value} onChange={(event) => setValue(event.currentTarget.value)} />
        <Group mt="lg" justify="flex-end" gap="sm">
          <Button variant="default" disabled={!key.trim()} onClick={() => void remove()}>
            Remove the tag
          </Button>
          <Button type="submit" disabled={!key.trim()}>
            Set the tag
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

function MoveDialog({ rows, scope, count, onClose, onMoved }: Omit<BulkDialogProps, "kind">) {
  const [to, setTo] = useState<string | null>(null);
  const { data } = useCall("search_experiments", { max_results: 5_000 });
  const experiments = (data?.experiments ?? []).map(({ experiment_id, name }) => ({ value: experiment_id, label: name }));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (to && (await changeRuns(rows, "Moved", () => call("move_runs", { ...scope, to_experiment_id: to })))) {
      onMoved();
      onClose();
    }
  };
  return (
    <Modal opened onClose={onClose} title={`Move ${countRuns(count)}`}>
      <form onSubmit={(event) => void submit(event)}>
        <Select data-autofocus label="To the experiment" searchable limit={100} data={experiments} value={to} onChange={setTo} nothingFoundMessage="No experiment has this name." />
        <Group mt="lg" justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={!to}>
            Move
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
