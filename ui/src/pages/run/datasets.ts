/** What MLflow's data sets say of themselves, each part a JSON text of its own shape. */

export interface Column {
  name: string;
  type: string;
}

/** Returns the columns of a schema; null if it is of no known shape. */
export function parseSchema(text: string | undefined): Column[] | null {
  const schema = parse(text);
  const columns = schema?.mlflow_colspec ?? tensors(schema?.mlflow_tensorspec);
  if (!Array.isArray(columns)) return null;
  return columns.filter(isRecord).map((column, index) => ({ name: String(column.name ?? index), type: typeOf(column) }));
}

/** Returns where the data lies; the whole text if it names no place by a known key. */
export function parseSource(text: string | undefined): string | undefined {
  const source = parse(text);
  for (const key of ["uri", "url", "path", "table_name", "query", "sql"]) {
    if (typeof source?.[key] === "string" && source[key] !== "") return source[key];
  }
  return text === "{}" ? undefined : text;
}

/** Returns the numbers of a profile with their names. */
export function parseProfile(text: string | undefined): [string, string][] {
  return Object.entries(parse(text) ?? {}).map(([key, value]) => [
    key.replaceAll("_", " "),
    typeof value === "number" ? value.toLocaleString("en-US") : typeof value === "string" ? value : JSON.stringify(value),
  ]);
}

function tensors(spec: unknown): unknown {
  if (!isRecord(spec)) return undefined;
  return [spec.features, spec.targets].flatMap((part, index) => {
    const parsed = typeof part === "string" ? parseAny(part) : part;
    return Array.isArray(parsed) ? parsed.filter(isRecord).map((one) => ({ name: one.name ?? (index ? "targets" : "features"), ...one })) : [];
  });
}

function typeOf({ type, "tensor-spec": spec }: Record<string, unknown>): string {
  if (!isRecord(spec)) return typeof type === "string" ? type : JSON.stringify(type);
  return `${String(spec.dtype)} ${JSON.stringify(spec.shape)}`;
}

function parse(text: string | undefined): Record<string, unknown> | undefined {
  const value = parseAny(text ?? "");
  return isRecord(value) ? value : undefined;
}

function parseAny(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
