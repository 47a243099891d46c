/** Opening a PDF by pdf.js: its bytes are asked for as they are needed, and read by a worker that reaches nothing. */

import { getDocument, GlobalWorkerOptions, PDFDataRangeTransport, type PDFDocumentLoadingTask, VerbosityLevel, version } from "pdfjs-dist/legacy/build/pdf.mjs";
import workerUrl from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";
import { ROOT } from "@/api/client";
import { formatBytes } from "@/data/numbers";
import { type FileOwner, readPiece } from "./content";

GlobalWorkerOptions.workerSrc = workerUrl;

const PIECE = 256 * 1024;

/** pdf.js takes memory for the whole file, although it reads only parts of it. */
const MOST_BYTES = 1_500_000_000;

/** A picture of more pixels than this is left out: it would take gigabytes. */
const MOST_PIXELS = 100_000_000;

export interface OpeningPdf {
  task: PDFDocumentLoadingTask;
  /** Rejected when a part of the file cannot be read. */
  failed: Promise<never>;
}

/** Opens a PDF; throws `CallError`. Whoever opens it destroys the task. */
export async function openPdf(owner: FileOwner, path: string, signal: AbortSignal): Promise<OpeningPdf> {
  const { bytes, size } = await readPiece(owner, path, 0, PIECE, signal);
  if (size > MOST_BYTES) throw new Error(`it has ${formatBytes(size)}, more than a browser can open.`);
  const transport = new PDFDataRangeTransport(size, bytes, bytes.length >= size);
  let fail: (error: unknown) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined); // who does not listen any more is not told
  transport.requestDataRange = (begin, end) => {
    readPiece(owner, path, begin, end, signal).then(
      (piece) => transport.onDataRange(begin, piece.bytes),
      (error: unknown) => signal.aborted || fail(error),
    );
  };
  const task = getDocument({
    range: transport,
    rangeChunkSize: PIECE,
    disableStream: true,
    disableAutoFetch: true, // only what is looked at is fetched
    enableXfa: false,
    useWasm: false, // the policy of the pages has no place for it
    wasmUrl: `${ROOT}assets/pdf-${version}/`, // decoders in plain JavaScript lie there
    maxImageSize: MOST_PIXELS,
    verbosity: VerbosityLevel.ERRORS,
  });
  return { task, failed };
}
