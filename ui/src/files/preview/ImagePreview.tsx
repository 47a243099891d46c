import { useState } from "react";
import { viewUrl } from "../content";
import type { PreviewProps } from "./Preview";
import classes from "./preview.module.css";

/** A picture; a small one is drawn larger, with its pixels. */
export function ImagePreview({ owner, path }: PreviewProps) {
  const [size, setSize] = useState<[number, number] | null>(null);
  const [hasFailed, setFailed] = useState(false);
  if (hasFailed) return <p className={classes.note}>This file is no picture that the browser knows.</p>;
  return (
    <div className={classes.scroll} tabIndex={0}>
      <img
        className={classes.image}
        src={viewUrl(owner, path)}
        alt={path.slice(path.lastIndexOf("/") + 1)}
        data-small={(size && Math.max(...size) < 256) || undefined}
        onLoad={({ currentTarget: image }) => setSize([image.naturalWidth, image.naturalHeight])}
        onError={() => setFailed(true)}
      />
      {size && <p className={classes.note}>{size.join(" × ")}</p>}
    </div>
  );
}
