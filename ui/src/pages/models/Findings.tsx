import { IconCircleCheck, IconLock } from "@tabler/icons-react";
import type { RuleFinding } from "@/api/types";
import classes from "./models.module.css";
import { describeCondition, describePlace } from "./rules";

/** What each rule says of a move: what it asks for, and what was found. */
export function Findings({ findings }: { findings: readonly RuleFinding[] }) {
  return (
    <ul className={classes.findings} aria-label="Rules">
      {findings.map(({ rule, passes, found }, index) => (
        <li key={index} data-passes={passes || undefined}>
          {passes ? <IconCircleCheck size={15} role="img" aria-label="Passes" /> : <IconLock size={15} role="img" aria-label="Refuses" />}
          <div>
            <div>
              {describePlace(rule)}: {describeCondition(rule.condition)}
            </div>
            <div className={classes.reason}>{found}</div>
          </div>
        </li>
      ))}
    </ul>
  );
}
