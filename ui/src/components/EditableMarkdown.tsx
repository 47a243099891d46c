import { Button, Textarea } from "@mantine/core";
import { IconPencil, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { Markdown } from "./Markdown";
import classes from "./EditableMarkdown.module.css";

interface EditableMarkdownProps {
  text: string;
  /** What it is of, for its label: "Description". */
  label: string;
  /** Saves it; without it the text is only shown. */
  onSave?: ((text: string) => Promise<void>) | undefined;
}

/** A text in Markdown that is changed in its place. */
export function EditableMarkdown({ text, label, onSave }: EditableMarkdownProps) {
  const [draft, setDraft] = useState<string | null>(null);
  if (draft === null) {
    return (
      <div>
        {text && <Markdown text={text} />}
        {!text && !onSave && <p className={classes.none}>There is none.</p>}
        {onSave && (
          <Button variant="default" size="compact-xs" className={classes.edit!} leftSection={text ? <IconPencil size={12} /> : <IconPlus size={12} />} onClick={() => setDraft(text)}>
            {text ? `Edit the ${label.toLowerCase()}` : `Add a ${label.toLowerCase()}`}
          </Button>
        )}
      </div>
    );
  }
  return (
    <div className={classes.editor}>
      <Textarea
        aria-label={label}
        autosize
        minRows={4}
        maxRows={24}
        value={draft}
        autoFocus
        description="Markdown. Ctrl Enter saves, Esc leaves."
        onChange={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") setDraft(null);
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
        }}
      />
      <div className={classes.buttons}>
        <Button variant="default" onClick={() => setDraft(null)}>
          Cancel
        </Button>
        <Button onClick={() => void save()}>Save</Button>
      </div>
    </div>
  );

  async function save(): Promise<void> {
    await onSave?.(draft ?? "");
    setDraft(null);
  }
}
