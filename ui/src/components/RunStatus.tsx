import { Tooltip } from "@mantine/core";
import classes from "./RunStatus.module.css";

const WORDS: Record<string, string> = { RUNNING: "Running", FINISHED: "Finished", FAILED: "Failed", KILLED: "Killed", SCHEDULED: "Scheduled" };

/** A mark for how a run is: its form says it as well as its colour. */
export function RunStatus({ status, isLost, withWord = false }: { status: string; isLost: boolean; withWord?: boolean }) {
  const word = isLost ? "Lost: no sign of life" : (WORDS[status] ?? status);
  const mark = <span className={classes.mark} data-status={isLost ? "LOST" : status} role="img" aria-label={word} />;
  if (withWord) {
    return (
      <span className={classes.whole}>
        {mark} {word}
      </span>
    );
  }
  return <Tooltip label={word}>{mark}</Tooltip>;
}
