import type { ReactNode } from "react";
import { useState } from "react";
import { viewUrl } from "@/files/content";
import classes from "./images.module.css";
import type { ShownImage } from "./series";

interface PictureProps {
  runId: string;
  /** Undefined while it is not known, null where there is none. */
  image: ShownImage | null | undefined;
  /** What it shows: run, series and step. */
  label: string;
  onOpen: () => void;
  /** What stands in the place of an image that is not there. */
  none?: ReactNode;
}

/** An image of a grid, which opens large. */
export function Picture({ runId, image, label, onOpen, none = "none yet" }: PictureProps) {
  if (image === undefined) return <div className={classes.waiting} />;
  if (image === null) return <div className={classes.none}>{none}</div>;
  return (
    <button type="button" data-picture className={classes.picture} onClick={onOpen} aria-label={`Enlarge ${label}`}>
      <Loaded src={viewUrl({ run_id: runId }, image.thumbnail)} alt={label} />
    </button>
  );
}

/** The image of before stays until the next one is there; one that does not come says so. */
export function Loaded({ src, alt, isSharp = false }: { src: string; alt: string; isSharp?: boolean }) {
  const [failed, setFailed] = useState<string | null>(null);
  const [isSmall, setSmall] = useState(true);
  if (failed === src) return <span className={classes.failed}>This image cannot be shown.</span>;
  return (
    <img
      src={src}
      alt={alt}
      decoding="async"
      draggable={false}
      data-sharp={(isSharp && isSmall) || undefined}
      onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => setSmall(Math.max(naturalWidth, naturalHeight) < 512)}
      onError={() => setFailed(src)}
    />
  );
}
