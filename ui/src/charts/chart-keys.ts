/** Names of charts in the URL: `metrics.loss`, `images.val/sample`, `scatter:params.lr:metrics.loss`, `parallel:params.lr:metrics.loss`. */

export type ChartKey =
  | { kind: "metric"; metric: string }
  /** A series of images. */
  | { kind: "images"; key: string }
  /** Columns of runs against each other; see `RunValues`. */
  | { kind: "scatter"; x: string; y: string }
  | { kind: "parallel"; columns: string[] };

/** Returns what a name says; null for one that names no chart. */
export function parseChartKey(text: string): ChartKey | null {
  if (text.startsWith("metrics.")) return text.length > 8 ? { kind: "metric", metric: text.slice(8) } : null;
  if (text.startsWith("images.")) return text.length > 7 ? { kind: "images", key: text.slice(7) } : null;
  const [kind, ...parts] = text.split(":");
  const columns = parts.map(decode).filter((part) => part !== "");
  if (kind === "scatter" && columns.length === 2) return { kind, x: columns[0]!, y: columns[1]! };
  if (kind === "parallel" && columns.length > 1) return { kind, columns };
  return null;
}

export function chartKeyText(key: ChartKey): string {
  if (key.kind === "metric") return `metrics.${key.metric}`;
  if (key.kind === "images") return `images.${key.key}`;
  const columns = key.kind === "scatter" ? [key.x, key.y] : key.columns;
  // Only what would take the name apart is escaped, so that it stays readable in the URL.
  return [key.kind, ...columns.map((column) => column.replace(/[%:]/g, encodeURIComponent))].join(":");
}

/** Returns the title of a chart. */
export function chartTitle(key: ChartKey): string {
  if (key.kind === "metric") return key.metric;
  if (key.kind === "images") return key.key;
  if (key.kind === "scatter") return `${columnName(key.y)} by ${columnName(key.x)}`;
  return "Parallel coordinates";
}

/** Returns a column's name without what kind of thing it is: `lr` for `params.lr`. */
export function columnName(column: string): string {
  return column.replace(/^(metrics|params|tags)\./, "");
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
