/**
 * Fields of runs as the search language writes them: what columns, orders and filters name.
 *
 * `metrics.loss`, ``metrics.`val loss` ``, `min(metrics.loss)`, `params.lr`, `number(params.lr)`, `tags.team`, and
 * attributes such as `status`. `duration` is ours: what the page computes from two times.
 */

export type Kind = "metrics" | "params" | "tags" | "attribute";
export type Aggregate = "last" | "min" | "max" | "first" | "number";

export interface Field {
  kind: Kind;
  /** The key of a metric, param or tag, without quotes; the name of an attribute. */
  key: string;
  /** What is taken of it; a metric without one is its last value. */
  of?: Aggregate;
}

const KINDS: Record<string, Kind> = {
  metric: "metrics", metrics: "metrics", param: "params", params: "params", parameter: "params", parameters: "params",
  tag: "tags", tags: "tags", attribute: "attribute", attributes: "attribute", attr: "attribute", run: "attribute",
};
const CALL = /^\s*(min|max|first|last|number)\s*\(\s*([\s\S]*?)\s*\)\s*$/i;
const PATH = /^([a-z]+)\.(?:`((?:[^`]|``)+)`|"((?:[^"]|"")+)"|([\s\S]+))$/i;
const BARE = /^[A-Za-z0-9_./:-]+$/;

/** Returns what a text names; a text that is no path is the name of an attribute. */
export function parseField(text: string): Field {
  const call = CALL.exec(text);
  if (call) {
    const field = parseField(call[2]!);
    const of = call[1]!.toLowerCase() as Aggregate;
    return of === "last" ? field : { ...field, of };
  }
  const path = PATH.exec(text.trim());
  const kind = path && KINDS[path[1]!.toLowerCase()];
  if (!path || !kind) return { kind: "attribute", key: text.trim() };
  const key = path[2]?.replaceAll("``", "`") ?? path[3]?.replaceAll('""', '"') ?? path[4]!;
  return { kind, key };
}

/** Returns the text that names a field, with quotes where the key needs them. */
export function fieldText({ kind, key, of }: Field): string {
  if (kind === "attribute") return key;
  const path = `${kind}.${BARE.test(key) ? key : `\`${key.replaceAll("`", "``")}\``}`;
  return of && of !== "last" ? `${of}(${path})` : path;
}

/** Returns the name that windows of runs have for a field: as in filters, but with its key as it is. */
export function columnName({ kind, key, of }: Field): string {
  const path = `${kind}.${key}`;
  return of && of !== "last" ? `${of}(${path})` : path;
}

/** One key of an order: a field and its direction. */
export interface Order {
  field: string;
  descending: boolean;
}

/** Returns what a clause such as `min(metrics.loss) DESC` says. */
export function parseOrder(clause: string): Order {
  const parts = /^([\s\S]*?)(?:\s+(asc|desc))?\s*$/i.exec(clause)!;
  return { field: fieldText(parseField(parts[1]!)), descending: parts[2]?.toLowerCase() === "desc" };
}

/** Returns the clause that asks for an order. */
export function orderText({ field, descending }: Order): string {
  return `${field} ${descending ? "DESC" : "ASC"}`;
}

const ATTRIBUTES: Record<string, string> = {
  run_name: "Name", status: "Status", start_time: "Age", end_time: "Ended", duration: "Duration", user_id: "User",
  run_id: "Run id", experiment_id: "Experiment", artifact_uri: "Artifacts",
};

/** Returns the name of a field for people: `loss`, `min loss`, `Age`. */
export function fieldLabel(field: Field): string {
  if (field.kind === "attribute") return ATTRIBUTES[field.key] ?? field.key;
  return field.of && field.of !== "number" ? `${field.of} ${field.key}` : field.key;
}

/** Returns the attributes that can be columns, in the order in which they are offered. */
export const COLUMN_ATTRIBUTES = ["start_time", "duration", "user_id", "end_time", "experiment_id", "run_id"] as const;

/** Splits a key at its last slash: `train/loss` stands below the head `train` as `loss`. */
export function splitKey(key: string): [prefix: string, rest: string] {
  const slash = key.lastIndexOf("/");
  return slash > 0 && slash < key.length - 1 ? [key.slice(0, slash), key.slice(slash + 1)] : ["", key];
}

const LOW = /(^|[^a-z])(loss|error|err|rmse|mae|mse|mape|perplexity|ppl|latency|wer|cer|fid|nll|bce|time|seconds)($|[^a-z])/i;
const HIGH = /(^|[^a-z])(acc|accuracy|auc|auroc|f1|precision|recall|score|map|iou|miou|bleu|rouge|reward|return|r2|psnr|ssim|dice|throughput)($|[^a-z])/i;

/** Returns whether a low or a high value of a metric is good, told by its name; null where the name does not tell. */
export function goodSide(key: string): "low" | "high" | null {
  const words = key.replace(/([a-z])([A-Z])/g, "$1_$2");
  return LOW.test(words) ? "low" : HIGH.test(words) ? "high" : null;
}
