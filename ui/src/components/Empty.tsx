import type { ReactNode } from "react";
import classes from "./Empty.module.css";

/** A place with nothing to show: why that is, and what fills it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={classes.empty}>
      <h2>{title}</h2>
      <div>{children}</div>
    </div>
  );
}
