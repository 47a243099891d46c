import type { ReactNode, Ref } from "react";
import classes from "./Said.module.css";

/** Words for those who hear the page: screen readers say them whenever they change. */
export function Said({ ref, children }: { ref?: Ref<HTMLDivElement>; children?: ReactNode }) {
  return (
    <div ref={ref} className={classes.said} aria-live="polite">
      {children}
    </div>
  );
}
