import { Outlet } from "@tanstack/react-router";
import { Notices } from "./Notices";
import { Overlays } from "./Overlays";
import classes from "./Shell.module.css";
import { Sidebar } from "./Sidebar";

/** What every page stands in: the sidebar at the left, the page at the right. */
export function Shell() {
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main" onClick={skip}>
        Skip to the page
      </a>
      <Sidebar />
      <main id="main" className={classes.main} tabIndex={-1}>
        <Outlet />
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
