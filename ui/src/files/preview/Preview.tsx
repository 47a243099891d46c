import { lazy, Suspense } from "react";
import { kindOf, type FileOwner } from "../content";
import { ImagePreview } from "./ImagePreview";
import { MediaPreview } from "./MediaPreview";
import { PagePreview } from "./PagePreview";
import { TextPreview } from "./TextPreview";

const CodePreview = lazy(() => import("./CodePreview"));
const CsvPreview = lazy(() => import("./CsvPreview"));
const ParquetPreview = lazy(() => import("./ParquetPreview"));
const JsonPreview = lazy(() => import("./JsonPreview"));
const MlmodelPreview = lazy(() => import("./MlmodelPreview"));
const NotebookPreview = lazy(() => import("./NotebookPreview"));
const PdfPreview = lazy(() => import("./PdfPreview"));
const MarkdownPreview = lazy(() => import("./MarkdownPreview"));

export interface PreviewProps {
  owner: FileOwner;
  path: string;
}

/** What a file holds, shown as its name asks for; what has no name that says so is shown as a text if it is one. */
export default function Preview(props: PreviewProps) {
  return (
    <Suspense>
      <Kind {...props} />
    </Suspense>
  );
}

function Kind(props: PreviewProps) {
  switch (kindOf(props.path)) {
    case "image":
      return <ImagePreview {...props} />;
    case "html":
      return <PagePreview {...props} />;
    case "audio":
    case "video":
      return <MediaPreview {...props} />;
    case "notebook":
      return <NotebookPreview {...props} />;
    case "pdf":
      return <PdfPreview {...props} />;
    case "csv":
      return <CsvPreview {...props} />;
    case "parquet":
      return <ParquetPreview {...props} />;
    case "markdown":
      return <MarkdownPreview {...props} />;
    case "json":
      return <JsonPreview {...props} />;
    case "mlmodel":
      return <MlmodelPreview {...props} />;
    case "code":
      return <CodePreview {...props} />;
    default:
      return <TextPreview {...props} />;
  }
}
