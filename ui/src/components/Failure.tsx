import { IconAlertTriangle } from "@tabler/icons-react";
import type { CallError } from "@/api/client";
import classes from "./Failure.module.css";

const NEXT: Record<string, string> = {
  PERMISSION_DENIED: "Ask an administrator of the server for the right to do this.",
  INTERNAL_ERROR: "The server's log says more. Try again, and report it if it stays.",
};

/** Why something cannot be shown: what the server said, and where it says nothing of use, what to do next. */
export function Failure({ error }: { error: CallError }) {
  return (
    <div className={classes.failure} role="alert">
      <IconAlertTriangle size={16} />
      <div>
        {error.message}
        {NEXT[error.code] && <div>{NEXT[error.code]}</div>}
        {error.status > 0 && <div className={classes.code}>{error.code}</div>}
      </div>
    </div>
  );
}
