import { type PDFDocumentProxy, TextLayer } from "pdfjs-dist/legacy/build/pdf.mjs";
import { type CSSProperties, useEffect, useRef, useState } from "react";
import classes from "./pdf.module.css";
import type { PageSize } from "./PdfPreview";

interface PdfPageProps {
  pdf: PDFDocumentProxy;
  number: number;
  scale: number;
  /** As far as it is known. */
  size: PageSize;
  onSize: (size: PageSize) => void;
}

/** Canvases have limits; a page beyond them is drawn coarser. */
const MOST_PIXELS = 16_000_000;

/** A page, drawn on a canvas; over it lies its text, for who selects or listens to it. */
export function PdfPage({ pdf, number, scale, size, onSize }: PdfPageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const text = useRef<HTMLDivElement>(null);
  const [hasFailed, setFailed] = useState(false);
  const told = useRef(onSize);
  told.current = onSize;
  useEffect(() => {
    const stops: (() => void)[] = [];
    let isGone = false;
    const draw = async (): Promise<void> => {
      const page = await pdf.getPage(number);
      if (isGone) return;
      const { width, height } = page.getViewport({ scale: 1 });
      told.current({ width, height });
      const finest = Math.sqrt(MOST_PIXELS / (width * height * scale * scale));
      const viewport = page.getViewport({ scale: scale * Math.min(window.devicePixelRatio, finest) });
      // Drawn aside first, so that the page of before stays until this one is there.
      const drawn = document.createElement("canvas");
      drawn.width = Math.max(1, Math.floor(viewport.width));
      drawn.height = Math.max(1, Math.floor(viewport.height));
      const rendering = page.render({ canvas: drawn, viewport });
      stops.push(() => rendering.cancel());
      await rendering.promise;
      const target = canvas.current;
      if (isGone || !target) return;
      target.width = drawn.width;
      target.height = drawn.height;
      target.getContext("2d")!.drawImage(drawn, 0, 0);
      text.current!.replaceChildren();
      const layer = new TextLayer({ textContentSource: page.streamTextContent(), container: text.current!, viewport: page.getViewport({ scale }) });
      stops.push(() => layer.cancel());
      await layer.render();
    };
    draw().catch((error: unknown) => {
      const isStopped = isGone || /Cancelled|Abort/.test((error as Error).name);
      if (!isStopped) setFailed(true);
    });
    return () => {
      isGone = true;
      for (const stop of stops) stop();
    };
  }, [pdf, number, scale]);
  return (
    <section
      className={classes.page}
      aria-label={`Page ${number}`}
      style={{ width: Math.round(size.width * scale), height: Math.round(size.height * scale), "--total-scale-factor": scale } as CSSProperties}
    >
      <canvas ref={canvas} role="img" aria-label={`Page ${number} as a picture`} />
      <div ref={text} className={classes.text} />
      {hasFailed && <p className={classes.failed}>This page cannot be drawn.</p>}
    </section>
  );
}
