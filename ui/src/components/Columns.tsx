import type { ReactNode } from "react";
import classes from "./Columns.module.css";

/** Two parts: what a thing holds at the left, facts about it at the right; below each other where it is narrow. */
export function Columns({ children }: { children: ReactNode }) {
  return <div className={classes.columns}>{children}</div>;
}
