/** Notebooks of Jupyter, in the formats 3 and 4, as a list of cells. */

export type Output =
  /** What was printed, or the text of a value; with the sequences of a terminal. */
  | { kind: "text"; text: string; isError: boolean }
  | { kind: "error"; text: string }
  /** An address that holds the picture itself. */
  | { kind: "image"; source: string }
  | { kind: "html"; html: string }
  | { kind: "markdown"; text: string }
  | { kind: "json"; value: unknown }
  /** Something that only a program of its own can show. */
  | { kind: "other"; types: string[] };

export interface Cell {
  kind: "code" | "markdown" | "raw";
  source: string;
  /** The number that stands beside a cell that was run. */
  count?: number;
  outputs: Output[];
}

export interface Notebook {
  /** Language of the code, as its kernel names it. */
  language: string;
  cells: Cell[];
}

type Fields = Record<string, unknown>;

/** What an output offers, best first. Pictures come before tables, tables before the text that stands for them. */
const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"];

/** The names that the formats before the fourth had for types. */
const OLD_TYPES: Record<string, string> = {
  png: "image/png",
  jpeg: "image/jpeg",
  svg: "image/svg+xml",
  html: "text/html",
  markdown: "text/markdown",
  latex: "text/latex",
  json: "application/json",
  javascript: "application/javascript",
  text: "text/plain",
};

/** Returns the notebook that a text holds; null if it holds none. */
export function readNotebook(text: string): Notebook | null {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isFields(raw)) return null;
  const sheets = Array.isArray(raw.worksheets) ? raw.worksheets.filter(isFields) : undefined;
  const cells = Array.isArray(raw.cells) ? raw.cells : sheets?.flatMap((sheet) => (Array.isArray(sheet.cells) ? sheet.cells : []));
  if (!cells) return null;
  return { language: languageOf(raw), cells: cells.filter(isFields).map(readCell) };
}

function languageOf({ metadata }: Fields): string {
  if (!isFields(metadata)) return "python";
  const { language_info: info, kernelspec: kernel } = metadata;
  for (const found of [isFields(info) && info.name, isFields(kernel) && kernel.language]) if (typeof found === "string" && found) return found.toLowerCase();
  return "python";
}

function readCell(raw: Fields): Cell {
  const type = raw.cell_type;
  const source = joined(raw.source ?? raw.input);
  if (type === "heading") return { kind: "markdown", source: `${"#".repeat(Math.min(6, Math.max(1, Number(raw.level) || 1)))} ${source}`, outputs: [] };
  if (type === "markdown") return { kind: "markdown", source, outputs: [] };
  if (type !== "code") return { kind: "raw", source, outputs: [] };
  const count = raw.execution_count ?? raw.prompt_number;
  const outputs = Array.isArray(raw.outputs) ? join(raw.outputs.filter(isFields).map(readOutput)) : [];
  return { kind: "code", source, outputs, ...(typeof count === "number" ? { count } : {}) };
}

function readOutput(raw: Fields): Output {
  const type = raw.output_type;
  if (type === "stream") return { kind: "text", text: joined(raw.text), isError: (raw.name ?? raw.stream) === "stderr" };
  if (type === "error" || type === "pyerr") {
    const trace = Array.isArray(raw.traceback) ? raw.traceback.join("\n") : "";
    return { kind: "error", text: trace || `${String(raw.ename ?? "Error")}: ${String(raw.evalue ?? "")}` };
  }
  return readData(isFields(raw.data) ? raw.data : oldData(raw));
}

function oldData(raw: Fields): Fields {
  return Object.fromEntries(Object.entries(raw).flatMap(([name, value]) => (OLD_TYPES[name] ? [[OLD_TYPES[name], value]] : [])));
}

function readData(data: Fields): Output {
  for (const type of PICTURES) {
    const source = type in data ? pictureOf(type, joined(data[type])) : null;
    if (source) return { kind: "image", source };
  }
  const html = joined(data["text/html"]);
  const text = joined(data["text/plain"]);
  // What is drawn by scripts stays empty here; then the text that stands for it says more.
  if (html && !(text && isOnlyScript(html))) return { kind: "html", html };
  if ("text/markdown" in data) return { kind: "markdown", text: joined(data["text/markdown"]) };
  if ("text/latex" in data) return { kind: "text", text: joined(data["text/latex"]), isError: false };
  if ("application/json" in data) return { kind: "json", value: data["application/json"] };
  if (text) return { kind: "text", text, isError: false };
  return { kind: "other", types: Object.keys(data) };
}

/** Returns the address of a picture; null for what is none. Base64 may be broken into lines. */
function pictureOf(type: string, content: string): string | null {
  if (type === "image/svg+xml") return content.includes("<svg") ? `data:${type};charset=utf-8,${encodeURIComponent(content)}` : null;
  const packed = content.replaceAll(/\s/g, "");
  return /^[A-Za-z0-9+/]+={0,2}$/.test(packed) ? `data:${type};base64,${packed}` : null;
}

function isOnlyScript(html: string): boolean {
  if (!/<script/i.test(html)) return false;
  const left = html.replaceAll(/<(script|style)[\s\S]*?<\/\1\s*>/gi, "").replaceAll(/<!--[\s\S]*?-->|<[^>]*>/g, "");
  return left.trim() === "";
}

/** Puts what was printed in several pieces together. */
function join(outputs: readonly Output[]): Output[] {
  const all: Output[] = [];
  for (const output of outputs) {
    const last = all.at(-1);
    if (output.kind === "text" && last?.kind === "text" && last.isError === output.isError) all[all.length - 1] = { ...last, text: last.text + output.text };
    else all.push(output);
  }
  return all;
}

/** Texts are lists of lines, or one text. */
function joined(value: unknown): string {
  if (Array.isArray(value)) return value.filter((line): line is string => typeof line === "string").join("");
  return typeof value === "string" ? value : "";
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
