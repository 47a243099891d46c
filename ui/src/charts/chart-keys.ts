/**
 * Names of charts in the URL: `metrics.loss`, `images.val/sample`, `scatter:params.lr:metrics.loss`,
 * `parallel:params.lr:metrics.loss`, `bar:min(metrics.loss)`, `box:metrics.loss:params.model`,
 * `contour:metrics.loss:params.lr:params.depth`, `importance:metrics.loss`.
 */

export type ChartKey =
  | { kind: "metric"; metric: string }
  /** A series of images. */
  | { kind: "images"; key: string }
  /** Columns of runs against each other; see `RunValues`. */
  | { kind: "scatter"; x: string; y: string }
  | { kind: "parallel"; columns: string[] }
  /** A metric's values, or how many runs have which value of a param or tag; the greatest first if not `isRising`. */
  | { kind: "bar"; column: string; isRising?: boolean }
  /** The spread of a metric, a box for each value of a param or tag; one box for all without. */
  | { kind: "box"; value: string; by?: string }
  /** A metric over two columns; without them those that it follows most are taken. */
  | { kind: "contour"; value: string; axes?: [x: string, y: string] }
  /** How much each param tells of a metric. */
  | { kind: "importance"; value: string };

/** A plot of runs against each other. */
export type PlotKey = Exclude<ChartKey, { kind: "metric" | "images" }>;

const RISING = "rising";

/** Returns what a name says; null for one that names no chart. */
export function parseChartKey(text: string): ChartKey | null {
  if (text.startsWith("metrics.")) return text.length > 8 ? { kind: "metric", metric: text.slice(8) } : null;
  if (text.startsWith("images.")) return text.length > 7 ? { kind: "images", key: text.slice(7) } : null;
  const [kind, ...parts] = text.split(":");
  const columns = parts.map(decode).filter((part) => part !== "");
  const [first, second, third] = columns;
  if (first === undefined) return null;
  const count = columns.length;
  if (kind === "scatter" && count === 2) return { kind, x: first, y: second! };
  if (kind === "parallel" && count > 1) return { kind, columns };
  if (kind === "bar" && count === 1) return { kind, column: first };
  if (kind === "bar" && count === 2 && second === RISING) return { kind, column: first, isRising: true };
  if (!isMetric(first)) return null;
  if (kind === "box" && count === 1) return { kind, value: first };
  if (kind === "box" && count === 2) return { kind, value: first, by: second! };
  if (kind === "contour" && count === 1) return { kind, value: first };
  if (kind === "contour" && count === 3) return { kind, value: first, axes: [second!, third!] };
  if (kind === "importance" && count === 1) return { kind, value: first };
  return null;
}

export function chartKeyText(key: ChartKey): string {
  if (key.kind === "metric") return `metrics.${key.metric}`;
  if (key.kind === "images") return `images.${key.key}`;
  const columns = key.kind === "bar" && key.isRising ? [key.column, RISING] : chartColumns(key);
  // Only what would take the name apart is escaped, so that it stays readable in the URL.
  return [key.kind, ...columns.map((column) => column.replace(/[%:]/g, encodeURIComponent))].join(":");
}

/** Returns the columns of runs that a chart names, in its order. */
export function chartColumns(key: PlotKey): string[] {
  if (key.kind === "scatter") return [key.x, key.y];
  if (key.kind === "parallel") return key.columns;
  if (key.kind === "bar") return [key.column];
  if (key.kind === "box") return key.by === undefined ? [key.value] : [key.value, key.by];
  if (key.kind === "contour") return [key.value, ...(key.axes ?? [])];
  return [key.value];
}

/** Returns the title of a chart. */
export function chartTitle(key: ChartKey): string {
  if (key.kind === "metric") return key.metric;
  if (key.kind === "images") return key.key;
  if (key.kind === "parallel") return "Parallel coordinates";
  const [first, ...others] = chartColumns(key).map(columnName) as [string, ...string[]];
  if (key.kind === "scatter") return `${others[0]} by ${first}`;
  if (key.kind === "bar") return isMetric(key.column) ? `Bars of ${first}` : `Runs by ${first}`;
  if (key.kind === "box") return key.by === undefined ? `Spread of ${first}` : `Spread of ${first} by ${others[0]}`;
  if (key.kind === "contour") return key.axes ? `Contour of ${first} over ${others.join(" and ")}` : `Contour of ${first}`;
  return `Importance for ${first}`;
}

/** Returns whether a chart of this name is there without being added: that of a metric, or of a series of images. */
export function drawsItself(text: string): boolean {
  return text.startsWith("metrics.") || text.startsWith("images.");
}

/** Returns whether a column is of a metric's values: its last, or the least or greatest of each run. */
export function isMetric(column: string): boolean {
  return /^(metrics\.|(min|max|first|last)\(metrics\.)/.test(column);
}

/** Returns a column's name without what kind of thing it is: `lr` for `params.lr`, `min loss` for `min(metrics.loss)`. */
export function columnName(column: string): string {
  return column.replace(/^(metrics|params|tags)\./, "").replace(/^(min|max|first|last)\(metrics\.([^]*)\)$/, "$1 $2");
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
