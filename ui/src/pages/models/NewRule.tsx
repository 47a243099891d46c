import { Button, SegmentedControl, Select, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { Dialog } from "@/components/Dialog";
import { DialogForm } from "@/components/DialogForm";
import { change } from "./changes";
import classes from "./models.module.css";
import { STAGES } from "./MoveDialog";
import { type Condition, describeCondition, parseGate } from "./rules";

const KINDS = [
  { value: "protected", label: "Every move is forced, with a comment" },
  { value: "metric", label: "A metric of the version" },
  { value: "tag", label: "A tag of the version" },
  { value: "content", label: "Files that are as they were registered" },
];

/** Asks where a rule of a model stands and what it asks for, and makes it. */
export function NewRule({ name, onClose }: { name: string; onClose: () => void }) {
  const [place, setPlace] = useState<"alias" | "stage">("alias");
  const [alias, setAlias] = useState("");
  const [stage, setStage] = useState("Production");
  const [kind, setKind] = useState("protected");
  const [gate, setGate] = useState("");
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const [reason, setReason] = useState("");
  const condition = read();
  const where = place === "alias" ? alias.trim() : stage;
  const submit = async (): Promise<void> => {
    if (!condition) return;
    const request = { condition, name, [place]: where, reason: reason.trim() || null };
    if (await change("add_registry_rule", request, `${place === "alias" ? "@" : ""}${where}: ${describeCondition(condition)}`)) onClose();
  };
  return (
    <Dialog onClose={onClose} title={`New rule of ${name}`}>
      <DialogForm
        onSubmit={submit}
        onClose={onClose}
        button={
          <Button type="submit" disabled={!condition || !where}>
            Add the rule
          </Button>
        }
      >
        <SegmentedControl
          aria-label="Stands at"
          data={[
            { value: "alias", label: "Alias" },
            { value: "stage", label: "Stage" },
          ]}
          value={place}
          onChange={(next) => setPlace(next as "alias" | "stage")}
        />
        {place === "alias" ? (
          <TextInput label="Alias" leftSection="@" required data-autofocus value={alias} onChange={(event) => setAlias(event.currentTarget.value)} />
        ) : (
          <Select label="Stage" data={STAGES.filter((one) => one !== "None")} allowDeselect={false} value={stage} onChange={(next) => setStage(next ?? stage)} />
        )}
        <Select label="Asks for" data={KINDS} allowDeselect={false} value={kind} onChange={(next) => setKind(next ?? kind)} />
        {kind === "metric" && (
          <TextInput
            label="Condition"
            description="current is the metric of the version that is replaced."
            placeholder="accuracy >= current - 0.01"
            required
            value={gate}
            error={gate.trim() && !parseGate(gate) && "Write a metric, one of >= <= > <, and a number or current"}
            onChange={(event) => setGate(event.currentTarget.value)}
          />
        )}
        {kind === "tag" && (
          <div className={classes.pair}>
            <TextInput label="Key" required value={key} onChange={(event) => setKey(event.currentTarget.value)} />
            <TextInput label="Value" placeholder="any" value={value} onChange={(event) => setValue(event.currentTarget.value)} />
          </div>
        )}
        <Textarea label="Comment" description="Why the rule is there." autosize minRows={2} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      </DialogForm>
    </Dialog>
  );

  function read(): Condition | null {
    if (kind === "metric") return parseGate(gate);
    if (kind === "tag") return key.trim() ? { kind: "tag", key: key.trim(), value: value || null } : null;
    return kind === "content" ? { kind: "content" } : { kind: "protected" };
  }
}
