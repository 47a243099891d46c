import { ActionIcon, CopyButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import classes from "./Code.module.css";

/** Lines of code with a button that copies them. */
export function Code({ text }: { text: string }) {
  return (
    <div className={classes.code}>
      {/* What scrolls sideways takes the focus, so that the keyboard can scroll it. */}
      <pre tabIndex={0}>{text}</pre>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <ActionIcon className={classes.copy!} onClick={copy} aria-label={copied ? "Copied" : "Copy"}>
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        )}
      </CopyButton>
    </div>
  );
}
