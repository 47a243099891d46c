import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { CallError } from "@/api/client";
import { Failure } from "@/components/Failure";
import { Lines } from "@/components/Lines";
import { formatBytes } from "@/data/numbers";
import { readPiece } from "../content";
import type { PreviewProps } from "./Preview";
import { PIECE, useTextPieces } from "./pieces";
import classes from "./preview.module.css";

/** A text of any size: its beginning at once, more as one scrolls, and its end by a button. */
export function TextPreview({ owner, path }: PreviewProps) {
  const [isEnd, setEnd] = useState(false);
  const { text, size, isRead, isText, isWhole, isReading, readMore, error } = useTextPieces(owner, path);
  const end = useQuery<string, CallError>({
    queryKey: ["file end", owner, path],
    queryFn: async ({ signal }) => {
      const { bytes } = await readPiece(owner, path, -PIECE, null, signal);
      const tail = new TextDecoder().decode(bytes);
      return tail.slice(tail.indexOf("\n") + 1); // the first line is most likely cut
    },
    enabled: isEnd,
  });
  if (error) return <Failure error={error} />;
  if (!isRead) return null;
  if (!isText) return <NoText size={size} />;
  return (
    <div className={classes.column}>
      {!isWhole && (
        <div className={classes.bar}>
          <span>{isEnd ? `The end of ${formatBytes(size)}` : `The beginning of ${formatBytes(size)}: more follows as you scroll`}</span>
          <Button variant="default" size="compact-xs" onClick={() => setEnd(!isEnd)}>
            {isEnd ? "Go to the beginning" : "Go to the end"}
          </Button>
        </div>
      )}
      {isEnd ? (
        end.data !== undefined && <Lines lines={splitLines(end.data)} startsAtEnd />
      ) : (
        <Lines lines={splitLines(text)} numbered onEnd={isWhole || isReading ? undefined : readMore} />
      )}
    </div>
  );
}

export function NoText({ size }: { size: number }) {
  return <p className={classes.note}>This file is no text ({formatBytes(size)}). Download it to look into it.</p>;
}

function splitLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
