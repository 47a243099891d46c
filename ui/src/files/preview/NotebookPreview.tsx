import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import type { CallError } from "@/api/client";
import { Failure } from "@/components/Failure";
import { Markdown } from "@/components/Markdown";
import { formatBytes } from "@/data/numbers";
import { type Piece, readPiece } from "../content";
import { type Cell, readNotebook } from "../notebook";
import { highlightLines } from "./highlight";
import JsonPreview from "./JsonPreview";
import classes from "./notebook.module.css";
import { NotebookOutput } from "./NotebookOutput";
import type { PreviewProps } from "./Preview";
import preview from "./preview.module.css";
import { TextPreview } from "./TextPreview";

/** A notebook is JSON, which is read as a whole or not at all. */
const MOST_BYTES = 40_000_000;

const LINE = 19;
const PICTURE = 320;

/** A notebook with what its cells gave; nothing in it runs. */
export default function NotebookPreview(props: PreviewProps) {
  const { owner, path } = props;
  const { data, error } = useQuery<Piece, CallError>({
    queryKey: ["notebook", owner, path],
    queryFn: ({ signal }) => readPiece(owner, path, 0, MOST_BYTES, signal),
    staleTime: 10_000,
  });
  const isWhole = data !== undefined && data.bytes.length >= data.size;
  const notebook = useMemo(() => (isWhole ? readNotebook(new TextDecoder().decode(data.bytes)) : null), [data, isWhole]);
  if (error) return <Failure error={error} />;
  if (!data) return null;
  if (!isWhole) {
    return (
      <div className={preview.column}>
        <p className={preview.bar}>A notebook of {formatBytes(data.size)} is shown as the text that it is.</p>
        <div className={preview.rest}>
          <TextPreview {...props} />
        </div>
      </div>
    );
  }
  if (!notebook) return <JsonPreview {...props} />;
  if (!notebook.cells.length) return <p className={preview.note}>This notebook has no cells.</p>;
  return <Cells cells={notebook.cells} language={notebook.language} />;
}

function Cells({ cells, language }: { cells: readonly Cell[]; language: string }) {
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: cells.length,
    getScrollElement: () => box.current,
    estimateSize: (index) => estimate(cells[index]!),
    overscan: 3,
    paddingStart: 12,
    paddingEnd: 24,
  });
  return (
    <div ref={box} className={classes.box} tabIndex={0} role="region" aria-label="Notebook">
      <div className={classes.cells} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => (
          <div key={index} ref={rows.measureElement} data-index={index} className={classes.cell} style={{ transform: `translateY(${start}px)` }}>
            <CellView cell={cells[index]!} language={language} />
          </div>
        ))}
      </div>
    </div>
  );
}

function CellView({ cell: { kind, source, count, outputs }, language }: { cell: Cell; language: string }) {
  if (kind === "markdown") {
    return (
      <div className={classes.text}>
        <Markdown text={source} />
      </div>
    );
  }
  if (kind === "raw") return <pre className={classes.raw}>{source}</pre>;
  return (
    <>
      <div className={classes.prompt}>[{count ?? " "}]</div>
      <Code source={source} language={language} />
      <div className={classes.outputs}>
        {outputs.map((output, index) => (
          <NotebookOutput key={index} output={output} />
        ))}
      </div>
    </>
  );
}

function Code({ source, language }: { source: string; language: string }) {
  const html = useMemo(() => highlightLines(source, language).join("\n"), [source, language]);
  return <pre className={classes.code} tabIndex={0} aria-label="Code" role="region" dangerouslySetInnerHTML={{ __html: html }} />;
}

/** Returns about how high a cell is, until it is drawn. */
function estimate({ source, outputs }: Cell): number {
  const lines = (text: string): number => Math.min(60, text.split("\n", 61).length);
  const heights = outputs.map((output) => (output.kind === "text" || output.kind === "error" ? lines(output.text) * LINE : PICTURE));
  return 28 + lines(source) * LINE + heights.reduce((sum, height) => sum + height, 0);
}
