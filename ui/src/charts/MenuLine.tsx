import type { ReactNode } from "react";
import classes from "./MenuLine.module.css";

/** Items of a menu that stand beside each other, behind what they are about. */
export function MenuLine({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.line} role="group" aria-label={label}>
      <span>{label}</span>
      {children}
    </div>
  );
}
