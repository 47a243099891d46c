import { useState } from "react";
import { kindOf, viewUrl } from "../content";
import type { PreviewProps } from "./Preview";
import classes from "./preview.module.css";

/** A sound or a film: the browser reads the parts that it plays, so a long one begins at once. */
export function MediaPreview({ owner, path }: PreviewProps) {
  const [hasFailed, setFailed] = useState(false);
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (hasFailed) return <p className={classes.note}>The browser cannot play this file. Download it to play it elsewhere.</p>;
  const shared = { src: viewUrl(owner, path), controls: true, preload: "metadata", "aria-label": name, onError: () => setFailed(true) } as const;
  return (
    <div className={classes.media}>{kindOf(path) === "audio" ? <audio {...shared} /> : <video {...shared} playsInline />}</div>
  );
}
