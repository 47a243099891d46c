import { ActionIcon, Popover, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import classes from "./Tags.module.css";

export interface Tag {
  key: string;
  value: string;
}

interface TagsProps {
  tags: readonly Tag[];
  /** Sets a tag, also one that is there; without it tags are only shown. */
  onSet?: ((key: string, value: string) => void) | undefined;
  onDelete?: ((key: string) => void) | undefined;
}

/** Tags as small labels; a click changes one, the plus adds one. */
export function Tags({ tags, onSet, onDelete }: TagsProps) {
  return (
    <div className={classes.tags}>
      {tags.map(({ key, value }) => (
        <span key={key} className={classes.tag} title={`${key}: ${value}`}>
          <span className={classes.key}>{key}</span>
          {onSet ? <TagEditor label={`${value}: change ${key}`} tag={{ key, value }} onSet={onSet} /> : <span>{value}</span>}
          {onDelete && (
            <button type="button" className={classes.remove} aria-label={`Remove ${key}`} onClick={() => onDelete(key)}>
              <IconX size={11} />
            </button>
          )}
        </span>
      ))}
      {onSet && <TagEditor label="Add a tag" onSet={onSet} />}
    </div>
  );
}

/** A button that opens the fields of a tag: the plus for a new one, the value for one that is there. */
function TagEditor({ label, tag, onSet }: { label: string; tag?: Tag; onSet: (key: string, value: string) => void }) {
  const [opened, setOpened] = useState(false);
  const [key, setKey] = useState(tag?.key ?? "");
  const [value, setValue] = useState(tag?.value ?? "");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!key.trim()) return;
    onSet(key.trim(), value);
    setOpened(false);
    if (!tag) setKey("");
    if (!tag) setValue("");
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" trapFocus>
      <Popover.Target>
        {tag ? (
          <button type="button" className={classes.value} aria-label={label} onClick={() => setOpened(!opened)}>
            {tag.value}
          </button>
        ) : (
          <ActionIcon aria-label={label} onClick={() => setOpened(!opened)}>
            <IconPlus size={13} />
          </ActionIcon>
        )}
      </Popover.Target>
      <Popover.Dropdown>
        <form className={classes.form} onSubmit={submit}>
          {!tag && <TextInput label="Key" value={key} onChange={(event) => setKey(event.currentTarget.value)} data-autofocus />}
          <TextInput label="Value" value={value} onChange={(event) => setValue(event.currentTarget.value)} />
          <button type="submit" className={classes.save}>
            Save
          </button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
