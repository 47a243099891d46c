import { ActionIcon, CopyButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import classes from "./Copyable.module.css";

/** An id, path or address as it is, with a button that copies it. */
export function Copyable({ text, label }: { text: string; label: string }) {
  return (
    <span className={classes.copyable}>
      <span className={classes.text}>{text}</span>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <ActionIcon size="xs" className={classes.button!} data-copied={copied || undefined} onClick={copy} aria-label={copied ? "Copied" : `Copy ${label}`}>
            {copied ? <IconCheck size={12} /> : <IconCopy size={12} />}
          </ActionIcon>
        )}
      </CopyButton>
    </span>
  );
}
