import { CloseButton } from "@mantine/core";
import { IconAlertTriangle, IconCheck } from "@tabler/icons-react";
import { useStore } from "@/data/store";
import { dismiss, notices } from "./notices";
import classes from "./Notices.module.css";

/** The notices that are shown now. */
export function Notices() {
  return (
    <div className={classes.notices} role="status" aria-live="polite">
      {useStore(notices).map(({ id, text, tone, action }) => (
        <div key={id} className={classes.notice} data-tone={tone}>
          {tone === "done" ? <IconCheck size={15} /> : <IconAlertTriangle size={15} />}
          <span>{text}</span>
          {action && (
            <button
              type="button"
              className={classes.action}
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </button>
          )}
          <CloseButton size="xs" aria-label="Dismiss" onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
