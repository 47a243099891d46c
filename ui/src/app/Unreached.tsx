import { IconPlugConnectedX } from "@tabler/icons-react";
import { isReached } from "@/api/client";
import { useStore } from "@/data/store";
import classes from "./Unreached.module.css";

/** Says that the server does not answer; what was read before stays, and the pages go on by themselves. */
export function Unreached() {
  const isAnswering = useStore(isReached);
  return (
    <div role="status" aria-label="Connection">
      {!isAnswering && (
        <div className={classes.banner}>
          <IconPlugConnectedX size={15} />
          <span>The server does not answer; trying again. What you see is what it said last.</span>
        </div>
      )}
    </div>
  );
}
