import { Button } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { Failure } from "@/components/Failure";
import { Lines } from "@/components/Lines";
import { IS_TOUCHED } from "@/data/window";
import { jsonLines } from "../json";
import { useTextPieces } from "./pieces";
import type { PreviewProps } from "./Preview";
import classes from "./preview.module.css";
import { NoText, TextPreview } from "./TextPreview";

/** Pixels of a line that a finger folds. */
const TOUCHED = 32;

/** JSON whose parts are folded by a click; what is no JSON, or very long, is shown as a text. */
export default function JsonPreview(props: PreviewProps) {
  const { text, size, isRead, isText, isWhole, error } = useTextPieces(props.owner, props.path);
  const value = useMemo(() => (isWhole ? parse(text) : undefined), [text, isWhole]);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const lines = useMemo(() => (value === undefined ? [] : jsonLines(value, folded)), [value, folded]);
  const texts = useMemo(() => lines.map(({ text: line }) => line), [lines]);
  if (error) return <Failure error={error} />;
  if (!isRead) return null;
  if (!isText) return <NoText size={size} />;
  if (value === undefined) return <TextPreview {...props} />;
  const toggle = (path: string): void =>
    setFolded((before) => {
      const next = new Set(before);
      if (!next.delete(path)) next.add(path);
      return next;
    });
  const all = (): string[] => jsonLines(value, new Set()).flatMap(({ path, isFolded }) => (isFolded === undefined || path === "" ? [] : [path]));
  return (
    <div className={classes.column}>
      <div className={classes.bar}>
        <Button variant="default" size="compact-xs" onClick={() => setFolded(new Set(folded.size > 0 ? [] : all()))}>
          {folded.size > 0 ? "Unfold all" : "Fold all"}
        </Button>
      </div>
      <Lines
        lines={texts}
        {...(IS_TOUCHED && { height: TOUCHED })}
        show={(_, index) => {
          const { path, depth, key, text: line, kind, isFolded } = lines[index]!;
          return (
            <span className={classes.json} style={{ paddingLeft: depth * 16 }}>
              {isFolded === undefined ? (
                <span className={classes.jsonGap} />
              ) : (
                <button type="button" className={classes.jsonFold} aria-expanded={!isFolded} aria-label={`Fold ${path || "all"}`} onClick={() => toggle(path)}>
                  {isFolded ? <IconChevronRight size={12} /> : <IconChevronDown size={12} />}
                </button>
              )}
              {key && <span className={classes.jsonKey}>{key}: </span>}
              <span data-kind={kind}>{line}</span>
            </span>
          );
        }}
      />
    </div>
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
