import { Tooltip } from "@mantine/core";
import { describeStatus } from "@/data/statuses";
import classes from "./RunStatus.module.css";

/** A mark for how a run is: its form says it as well as its colour. */
export function RunStatus({ status, isLost, withWord = false }: { status: string; isLost: boolean; withWord?: boolean }) {
  const state = isLost ? "LOST" : status;
  const word = describeStatus(state);
  const mark = <span className={classes.mark} data-status={state} role="img" aria-label={word} />;
  if (withWord) {
    return (
      <span className={classes.whole}>
        {mark} {word}
      </span>
    );
  }
  return <Tooltip label={word}>{mark}</Tooltip>;
}
