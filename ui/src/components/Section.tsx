import type { ReactNode } from "react";
import classes from "./Section.module.css";

/** A part of a page with a head of its own. */
export function Section({ title, actions, children }: { title: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <header className={classes.head}>
        <h2>{title}</h2>
        {actions}
      </header>
      {children}
    </section>
  );
}
