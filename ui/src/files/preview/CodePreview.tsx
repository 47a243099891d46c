import { Failure } from "@/components/Failure";
import { Lines } from "@/components/Lines";
import { useMemo } from "react";
import { highlightLines } from "./highlight";
import { useTextPieces } from "./pieces";
import type { PreviewProps } from "./Preview";
import classes from "./preview.module.css";
import { NoText, TextPreview } from "./TextPreview";

/** Code with its words in colours; a very long one is shown as a plain text. */
export default function CodePreview({ language, ...props }: PreviewProps & { language?: string }) {
  const { text, size, isRead, isText, isWhole, error } = useTextPieces(props.owner, props.path);
  const shown = useMemo(() => {
    if (!isWhole) return [];
    const ending = props.path.slice(props.path.lastIndexOf(".") + 1).toLowerCase();
    return highlightLines(text, language ?? ending);
  }, [text, isWhole, language, props.path]);
  if (error) return <Failure error={error} />;
  if (!isRead) return null;
  if (!isText) return <NoText size={size} />;
  if (!isWhole) return <TextPreview {...props} />;
  return (
    <div className={classes.column}>
      <Lines lines={shown} numbered show={(line) => <span dangerouslySetInnerHTML={{ __html: line }} />} />
    </div>
  );
}
