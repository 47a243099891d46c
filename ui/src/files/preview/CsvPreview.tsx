import { Button } from "@mantine/core";
import { useMemo } from "react";
import { Failure } from "@/components/Failure";
import { formatBytes } from "@/data/numbers";
import { parseCsv } from "../csv";
import { Cells } from "./Cells";
import { useTextPieces } from "./pieces";
import type { PreviewProps } from "./Preview";
import classes from "./preview.module.css";
import { NoText } from "./TextPreview";

/** A table of values between commas or tabs; of a long one the beginning. */
export default function CsvPreview({ owner, path }: PreviewProps) {
  const { text, size, isRead, isText, isWhole, isReading, readMore, error } = useTextPieces(owner, path);
  const [head, ...rows] = useMemo(() => parseCsv(text, /\.tsv$/i.test(path) ? "\t" : ",", isWhole), [text, isWhole, path]);
  if (error) return <Failure error={error} />;
  if (!isRead) return null;
  if (!isText) return <NoText size={size} />;
  if (!head) return <p className={classes.note}>This table is empty.</p>;
  return (
    <div className={classes.column}>
      <div className={classes.bar}>
        <span>
          {rows.length.toLocaleString("en-US")} rows, {head.length} columns{isWhole ? "" : `, the beginning of ${formatBytes(size)}`}
        </span>
        {!isWhole && (
          <Button variant="default" size="compact-xs" loading={isReading} onClick={readMore}>
            Read more
          </Button>
        )}
      </div>
      <Cells head={head} rows={rows} />
    </div>
  );
}
