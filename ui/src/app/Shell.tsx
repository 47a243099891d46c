import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useStore } from "@/data/store";
import { drawer, useNarrow } from "@/data/window";
import { Unreached } from "./Unreached";
import { Notices } from "./Notices";
import { Overlays } from "./Overlays";
import { signInNeeded } from "./session";
import classes from "./Shell.module.css";
import { Sidebar } from "./Sidebar";

const SignIn = lazy(() => import("./SignIn"));

/** What every page stands in: the sidebar at the left, the page at the right. */
export function Shell() {
  const isNarrow = useNarrow();
  const isDrawn = useStore(drawer) && isNarrow;
  if (useStore(signInNeeded)) {
    return (
      <main className={classes.whole}>
        <Suspense>
          <SignIn />
        </Suspense>
      </main>
    );
  }
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main" onClick={skip}>
        Skip to the page
      </a>
      <Sidebar />
      <main id="main" className={classes.main} tabIndex={-1} inert={isDrawn}>
        <Unreached />
        <div className={classes.page}>
          <Outlet />
        </div>
      </main>
      <Notices />
      <Overlays />
    </div>
  );
}

/** The hash names the page, so the link cannot: the focus is moved by hand. */
function skip(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
