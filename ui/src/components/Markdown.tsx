import { lazy, Suspense } from "react";

const Rendered = lazy(() => import("./RenderedMarkdown"));

/** A text in Markdown. HTML in it is shown as text, and its links open elsewhere. */
export function Markdown({ text }: { text: string }) {
  return (
    <Suspense fallback={<p style={{ whiteSpace: "pre-wrap" }}>{text}</p>}>
      <Rendered text={text} />
    </Suspense>
  );
}
