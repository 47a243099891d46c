import { ActionIcon } from "@mantine/core";
import { IconMenu2 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { CallError } from "@/api/client";
import { Failure } from "./Failure";
import { drawer } from "@/data/window";
import classes from "./Page.module.css";

interface PageProps {
  /** Where the page stands: names of what is above it, as links. */
  crumbs?: ReactNode;
  title: ReactNode;
  /** What can be done here, at the right end of the head. */
  actions?: ReactNode;
  children?: ReactNode;
  /** Whether the content scrolls by itself, as tables do (default: the page scrolls it). */
  fills?: boolean;
  /** Why there is nothing to show, if so. */
  error?: CallError | null | undefined;
  /** What is shown in its place where the server does not have what the address names. */
  missing?: ReactNode;
}

/** The frame of every page: one line of head, and the content below. */
export function Page({ crumbs, title, actions, children, fills = false, error, missing }: PageProps) {
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <ActionIcon className={classes.menu!} aria-label="Open the places" onClick={() => drawer.set(true)}>
          <IconMenu2 size={18} />
        </ActionIcon>
        <div className={classes.where}>
          {crumbs && <nav className={classes.crumbs} aria-label="Breadcrumb">{crumbs}</nav>}
          <h1 title={typeof title === "string" ? title : undefined}>{title}</h1>
        </div>
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      {/* What scrolls takes the focus, so that the keyboard can scroll it. */}
      <div className={fills ? classes.fill : classes.scroll} tabIndex={fills ? undefined : 0}>
        {error &&
          (missing && error.status === 404 ? (
            missing
          ) : (
            <div className={fills ? classes.error : undefined}>
              <Failure error={error} />
            </div>
          ))}
        {children}
      </div>
    </div>
  );
}
