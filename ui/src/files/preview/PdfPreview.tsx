import { ActionIcon, Button, NumberInput } from "@mantine/core";
import { IconMinus, IconPlus } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { PDFDocumentProxy } from "pdfjs-dist/legacy/build/pdf.mjs";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { openPdf } from "../pdf";
import classes from "./pdf.module.css";
import { PdfPage } from "./PdfPage";
import type { PreviewProps } from "./Preview";
import preview from "./preview.module.css";

/** Pixels of a page of a PDF's units, at a scale of one. */
export interface PageSize {
  width: number;
  height: number;
}

const GAP = 12;
const PADDING = 16;
const ZOOMS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];

/** A PDF: its pages are drawn as they come into sight, of a file of any size. */
export default function PdfPreview({ owner, path }: PreviewProps) {
  const [opened, setOpened] = useState<{ pdf: PDFDocumentProxy; first: PageSize } | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const key = JSON.stringify([owner, path]);
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    const open = async (): Promise<void> => {
      const { task, failed } = await openPdf(owner, path, signal);
      const close = (): void => void task.destroy().catch(() => undefined); // what it was asked for is not wanted any more
      if (signal.aborted) return close();
      signal.addEventListener("abort", close);
      failed.catch((error: unknown) => setProblem(describe(error)));
      const pdf = await task.promise;
      const { width, height } = (await pdf.getPage(1)).getViewport({ scale: 1 });
      if (!signal.aborted) setOpened({ pdf, first: { width, height } });
    };
    open().catch((error: unknown) => signal.aborted || setProblem(describe(error)));
    return () => abort.abort();
  }, [key]);
  if (problem) return <p className={preview.note}>This PDF cannot be shown: {problem} Download it to look into it.</p>;
  return opened && <Pages {...opened} />;
}

function Pages({ pdf, first }: { pdf: PDFDocumentProxy; first: PageSize }) {
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(0);
  const [zoom, setZoom] = useState<number | null>(null); // null: as wide as the room
  const [sizes] = useState(() => new Map<number, PageSize>());
  const [known, setKnown] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setRoom(entry!.contentRect.width));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const scale = zoom ?? Math.min(2, Math.max(0.1, (room - 2 * PADDING) / first.width));
  const pages = useVirtualizer({
    count: room ? pdf.numPages : 0,
    getScrollElement: () => box.current,
    estimateSize: (index) => Math.round((sizes.get(index) ?? first).height * scale),
    gap: GAP,
    paddingStart: PADDING,
    paddingEnd: PADDING,
    overscan: 1,
  });
  // The place on the page stays when the scale changes.
  const lastScale = useRef(scale);
  useLayoutEffect(() => {
    const from = lastScale.current;
    lastScale.current = scale;
    pages.measure();
    if (from !== scale && box.current) box.current.scrollTop *= scale / from;
  }, [scale, known, pages]);
  const middle = (pages.scrollOffset ?? 0) + (box.current?.clientHeight ?? 0) / 2;
  const items = pages.getVirtualItems();
  const current = (items.find(({ end }) => end >= middle) ?? items.at(-1))?.index ?? 0;
  const goTo = (page: number): void => pages.scrollToIndex(Math.min(pdf.numPages, Math.max(1, page)) - 1, { align: "start" });
  const zoomTo = (by: 1 | -1): void => setZoom((by > 0 ? ZOOMS.find((one) => one > scale + 0.01) : ZOOMS.findLast((one) => one < scale - 0.01)) ?? scale);
  return (
    <div className={preview.column}>
      <div className={preview.bar}>
        <PageNumber page={current + 1} count={pdf.numPages} onPage={goTo} />
        <span className={classes.gap} />
        <ActionIcon aria-label="Smaller" disabled={scale <= ZOOMS[0]!} onClick={() => zoomTo(-1)}>
          <IconMinus size={14} />
        </ActionIcon>
        <output className={classes.zoom} aria-label="Zoom">
          {Math.round(scale * 100)} %
        </output>
        <ActionIcon aria-label="Larger" disabled={scale >= ZOOMS.at(-1)!} onClick={() => zoomTo(1)}>
          <IconPlus size={14} />
        </ActionIcon>
        <Button variant="default" size="compact-xs" disabled={zoom === null} onClick={() => setZoom(null)}>
          Fit
        </Button>
      </div>
      <div ref={box} className={classes.box} tabIndex={0} role="region" aria-label="Pages">
        <div className={classes.pages} style={{ height: pages.getTotalSize(), minWidth: first.width * scale + 2 * PADDING }}>
          {items.map(({ index, start }) => (
            <div key={index} className={classes.place} style={{ transform: `translateY(${start}px)` }}>
              <PdfPage
                pdf={pdf}
                number={index + 1}
                scale={scale}
                size={sizes.get(index) ?? first}
                onSize={(size) => {
                  const before = sizes.get(index) ?? first;
                  sizes.set(index, size);
                  if (before.width !== size.width || before.height !== size.height) setKnown(known + 1);
                }}
              />
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

function PageNumber({ page, count, onPage }: { page: number; count: number; onPage: (page: number) => void }) {
  const [typed, setTyped] = useState<number | null>(null);
  const go = (): void => {
    if (typed !== null) onPage(typed);
    setTyped(null);
  };
  return (
    <>
      <NumberInput
        size="xs"
        className={classes.number!}
        aria-label="Page"
        hideControls
        allowDecimal={false}
        value={typed ?? page}
        onChange={(value) => setTyped(Number(value) || null)}
        onBlur={go}
        onKeyDown={(event) => event.key === "Enter" && go()}
      />
      <span>of {count.toLocaleString("en-US")}</span>
    </>
  );
}

function describe(error: unknown): string {
  const { name, message } = error as Error;
  if (name === "PasswordException") return "it asks for a password.";
  if (name === "InvalidPDFException") return "it is damaged, or no PDF.";
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
