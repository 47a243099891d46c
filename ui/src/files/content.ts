/** Files of runs, logged models and versions, and how their content is read: by range, so that size does not matter. */

import { query, ROOT, send } from "@/api/client";
import { transfers } from "@/api/types";

/** Whose files they are. */
export type FileOwner = { run_id: string } | { model_id: string } | { name: string; version: string };

export interface Piece {
  bytes: Uint8Array;
  /** Size of the whole file, in bytes. */
  size: number;
}

/** Returns the address at which a file is shown in place: nothing in it can act in the app's name. */
export function viewUrl(owner: FileOwner, path: string): string {
  return ROOT + transfers.view_artifact.path + query({ ...owner, path });
}

/** Returns the address at which a file is downloaded. */
export function downloadUrl(owner: FileOwner, path: string): string {
  if ("run_id" in owner) return ROOT + transfers.get_artifact.path + query({ run_id: owner.run_id, path });
  return viewUrl(owner, path);
}

/**
 * Reads a part of a file.
 *
 * @param start First byte; a negative one counts from the end.
 * @param end The byte after the last one.
 */
export async function readPiece(owner: FileOwner, path: string, start: number, end: number | null, signal?: AbortSignal): Promise<Piece> {
  const range = start < 0 ? `bytes=${start}` : `bytes=${start}-${end === null ? "" : end - 1}`;
  const init: RequestInit = { headers: { Range: range, "X-Requested-With": "headrace" } };
  if (signal) init.signal = signal;
  let response: Response;
  try {
    response = await send(viewUrl(owner, path), init);
  } catch (error) {
    if ((error as { status?: number }).status === 416) return { bytes: new Uint8Array(), size: start };
    throw error;
  }
  const whole = /\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1];
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { bytes, size: whole ? Number(whole) : bytes.length };
}

export type Kind = "text" | "code" | "image" | "csv" | "parquet" | "json" | "markdown" | "html" | "mlmodel" | "notebook" | "pdf" | "audio" | "video" | "other";

const KINDS: Record<string, Kind> = {
  ...list("image", "png jpg jpeg gif webp bmp svg avif ico"),
  ...list("csv", "csv tsv"),
  ...list("parquet", "parquet pq"),
  ...list("json", "json geojson"),
  ...list("notebook", "ipynb"),
  ...list("pdf", "pdf"),
  ...list("audio", "wav mp3 ogg oga opus flac m4a aac weba"),
  ...list("video", "mp4 m4v webm ogv mov mkv"),
  ...list("markdown", "md markdown"),
  ...list("html", "html htm"),
  ...list("text", "txt log out err jsonl ndjson"),
  ...list("code", "py pyi js ts tsx jsx sh bash yaml yml toml ini cfg conf xml sql r jl c h cc cpp hpp java go rs css dockerfile makefile diff patch"),
};

/** Names without an ending that are texts. */
const NAMES: Record<string, Kind> = { mlmodel: "mlmodel", mlproject: "code", dockerfile: "code", makefile: "code", readme: "text", license: "text" };

/** Returns how a file is shown, from its name. */
export function kindOf(path: string): Kind {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const dot = name.lastIndexOf(".");
  return NAMES[name] ?? (dot >= 0 ? KINDS[name.slice(dot + 1)] : undefined) ?? "other";
}

/** Returns whether bytes are a text: UTF-8 without control characters. */
export function isText(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 4096);
  if (head.some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27))) return false;
  try {
    // The last character may be cut.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function list(kind: Kind, endings: string): Record<string, Kind> {
  return Object.fromEntries(endings.split(" ").map((ending) => [ending, kind]));
}
