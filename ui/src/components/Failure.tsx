import { IconAlertTriangle } from "@tabler/icons-react";
import type { CallError } from "@/api/client";
import classes from "./Failure.module.css";

/** Why something cannot be shown: what the server said. */
export function Failure({ error }: { error: CallError }) {
  return (
    <div className={classes.failure} role="alert">
      <IconAlertTriangle size={16} />
      <div>
        {error.message}
        {error.status > 0 && <div className={classes.code}>{error.code}</div>}
      </div>
    </div>
  );
}
