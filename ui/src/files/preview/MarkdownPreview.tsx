import { Failure } from "@/components/Failure";
import { Markdown } from "@/components/Markdown";
import { useTextPieces } from "./pieces";
import type { PreviewProps } from "./Preview";
import classes from "./preview.module.css";
import { TextPreview } from "./TextPreview";

/** A text in Markdown; a very long one is shown as it is written. */
export default function MarkdownPreview(props: PreviewProps) {
  const { text, isRead, isWhole, error } = useTextPieces(props.owner, props.path);
  if (error) return <Failure error={error} />;
  if (!isRead) return null;
  if (!isWhole) return <TextPreview {...props} />;
  return (
    <div className={classes.scroll} tabIndex={0}>
      <Markdown text={text} />
    </div>
  );
}
