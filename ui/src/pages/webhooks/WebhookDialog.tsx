import { Button, MultiSelect, PasswordInput, SegmentedControl, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useCall } from "@/api/live";
import type { Webhook } from "@/api/types";
import { Dialog } from "@/components/Dialog";
import { DialogForm } from "@/components/DialogForm";
import { change } from "./changes";
import { EventPicker } from "./EventPicker";
import { eventsOf, kindsOf, writeEvent } from "./events";
import classes from "./webhooks.module.css";

/** What becomes of the secret of a webhook that has one. */
type SecretChange = "keep" | "replace" | "remove";

/** Asks what a new webhook is, or changes one that is there. */
export function WebhookDialog({ webhook, onClose }: { webhook?: Webhook; onClose: () => void }) {
  const [name, setName] = useState(webhook?.name ?? "");
  const [url, setUrl] = useState(webhook?.url ?? "");
  const [description, setDescription] = useState(webhook?.description ?? "");
  const [events, setEvents] = useState<readonly string[]>(webhook ? eventsOf(webhook) : []);
  const [models, setModels] = useState(webhook?.model_names ?? []);
  const [experiments, setExperiments] = useState(webhook?.experiment_ids ?? []);
  const [secretChange, setSecretChange] = useState<SecretChange>(webhook?.has_secret ? "keep" : "replace");
  const [secret, setSecret] = useState("");
  const [refusal, setRefusal] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);
  const navigate = useNavigate();
  const { ofRuns, ofModels } = kindsOf(events);
  const submit = async (): Promise<void> => {
    setSaving(true);
    setRefusal(null);
    const fields = {
      name: name.trim(),
      url: url.trim(),
      description: description.trim(),
      events: events.map(writeEvent),
      model_names: ofModels ? models : [],
      experiment_ids: ofRuns ? experiments : [],
    };
    const signed = secretChange === "remove" ? { secret: "" } : secretChange === "replace" && secret ? { secret } : {};
    const isSaved = webhook
      ? await change("update_webhook", { webhook_id: webhook.webhook_id, ...fields, ...signed }, `Saved ${fields.name}`, setRefusal)
      : await change("create_webhook", { ...fields, ...signed }, `Created ${fields.name}`, setRefusal);
    setSaving(false);
    if (!isSaved) return;
    onClose();
    if (!webhook) void navigate({ to: "/webhooks" });
  };
  return (
    <Dialog onClose={onClose} title={webhook ? `Edit ${webhook.name}` : "New webhook"} size="lg">
      <DialogForm
        onSubmit={submit}
        onClose={onClose}
        button={
          <Button type="submit" loading={isSaving} disabled={!name.trim() || !url.trim() || events.length === 0}>
            {webhook ? "Save" : "Create"}
          </Button>
        }
      >
        <TextInput
          label="Name"
          description="Letters, digits, dots, underscores and hyphens."
          value={name}
          data-autofocus
          required
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Address"
          description="Where the events are sent; https, at an address that is public unless the server allows others."
          placeholder="https://ci.example.com/hook"
          type="url"
          value={url}
          required
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <EventPicker chosen={events} onChange={setEvents} />
        {ofModels && <ModelNames names={models} onChange={setModels} />}
        {ofRuns && <Experiments ids={experiments} onChange={setExperiments} />}
        {webhook?.has_secret && (
          <SegmentedControl
            aria-label="Secret"
            data={[
              { value: "keep", label: "Keep the secret" },
              { value: "replace", label: "Replace it" },
              { value: "remove", label: "Sign no more" },
            ]}
            value={secretChange}
            onChange={(next) => setSecretChange(next as SecretChange)}
          />
        )}
        {secretChange === "replace" && (
          <PasswordInput
            label={webhook?.has_secret ? "New secret" : "Secret"}
            size="xs"
            description="Signs each request, so that the receiver can tell who sent it. It is never shown again."
            autoComplete="new-password"
            visibilityToggleButtonProps={{ "aria-label": "Show the secret" }}
            value={secret}
            onChange={(event) => setSecret(event.currentTarget.value)}
          />
        )}
        <Textarea label="Description" autosize minRows={2} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        {refusal && (
          <p className={classes.refusal} role="alert">
            {refusal}
          </p>
        )}
      </DialogForm>
    </Dialog>
  );
}

/** Which models count; a name may be of one that is not there yet. */
function ModelNames({ names, onChange }: { names: string[]; onChange: (names: string[]) => void }) {
  const known = useCall("search_registered_models", { max_results: 1000 }, { every: false }).data?.registered_models ?? [];
  return (
    <TagsInput
      label="Only of these models"
      description="Of all where none is named."
      size="xs"
      data={known.map(({ name }) => name)}
      value={names}
      onChange={onChange}
    />
  );
}

/** Whose runs count. */
function Experiments({ ids, onChange }: { ids: string[]; onChange: (ids: string[]) => void }) {
  const known = useCall("search_experiments", { max_results: 1000 }, { every: false }).data?.experiments ?? [];
  const data = known.map(({ experiment_id, name }) => ({ value: experiment_id, label: name }));
  const gone = ids.filter((id) => known.every(({ experiment_id }) => experiment_id !== id)).map((id) => ({ value: id, label: `experiment ${id}` }));
  return (
    <MultiSelect
      label="Only of runs of these experiments"
      description="Of all where none is chosen."
      size="xs"
      searchable
      data={[...data, ...gone]}
      value={ids}
      onChange={onChange}
    />
  );
}
