import { viewUrl } from "../content";
import type { PreviewProps } from "./Preview";
import classes from "./preview.module.css";

/** A page that somebody logged: its scripts run in an origin of their own, without cookies and network. */
export function PagePreview({ owner, path }: PreviewProps) {
  return <iframe className={classes.page} sandbox="allow-scripts" src={viewUrl(owner, path)} title={path} />;
}
