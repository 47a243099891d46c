/** The file MLmodel: what a saved model says of itself, in the part of YAML that MLflow writes. */

export type Yaml = string | YamlMap;
export interface YamlMap {
  [key: string]: Yaml;
}

export interface ModelSummary {
  flavors: { name: string; facts: [string, string][] }[];
  /** Columns of what it takes and of what it gives. */
  signature: { part: string; columns: { name: string; type: string }[] }[];
  runId: string | undefined;
  modelId: string | undefined;
  created: string | undefined;
  size: number | undefined;
  /** The version of MLflow, or of what wrote the file. */
  writtenBy: string | undefined;
}

/** Returns what a text says of a model; null if it is not such a file. */
export function summarize(text: string): ModelSummary | null {
  const model = parseYaml(text);
  if (!isMap(model.flavors)) return null;
  const word = (key: string): string | undefined => (typeof model[key] === "string" && model[key] !== "" ? model[key] : undefined);
  const size = Number(word("model_size_bytes"));
  return {
    flavors: Object.entries(model.flavors).map(([name, flavor]) => ({
      name,
      facts: isMap(flavor) ? Object.entries(flavor).flatMap(([key, value]): [string, string][] => (typeof value === "string" && value !== "" ? [[key, value]] : [])) : [],
    })),
    signature: isMap(model.signature)
      ? ["inputs", "outputs", "params"].flatMap((part) => {
          const columns = readColumns((model.signature as YamlMap)[part]);
          return columns.length > 0 ? [{ part, columns }] : [];
        })
      : [],
    runId: word("run_id"),
    modelId: word("model_id"),
    created: word("utc_time_created"),
    size: Number.isFinite(size) && size > 0 ? size : undefined,
    writtenBy: word("mlflow_version"),
  };
}

/** Returns the maps and values of a text; what is no such YAML is left out. */
export function parseYaml(text: string): YamlMap {
  const root: YamlMap = {};
  const open: { indent: number; map: YamlMap }[] = [{ indent: -1, map: root }];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const match = /^( *)((?:'[^']*'|"[^"]*"|[^\s'"#-][^:]*?))\s*:(?:\s+(.*))?$/.exec(lines[at]!.replace(/\r$/, ""));
    if (!match) continue;
    const indent = match[1]!.length;
    const key = unquote(match[2]!);
    let value = match[3]?.trim() ?? "";
    // A long value goes on in deeper lines until its quote ends.
    while (/^['"]/.test(value) && !isClosed(value) && at + 1 < lines.length) value += ` ${lines[++at]!.trim()}`;
    while (open.length > 1 && open.at(-1)!.indent >= indent) open.pop();
    const { map } = open.at(-1)!;
    if (value === "") {
      const inner: YamlMap = {};
      map[key] = inner;
      open.push({ indent, map: inner });
    } else map[key] = value === "null" ? "" : unquote(value);
  }
  return root;
}

function isClosed(text: string): boolean {
  const rest = text.slice(1);
  return text[0] === "'" ? /^(?:[^']|'')*'$/.test(rest) : /^(?:[^"\\]|\\.)*"$/.test(rest);
}

function unquote(text: string): string {
  if (text.startsWith("'") && text.endsWith("'") && text.length > 1) return text.slice(1, -1).replaceAll("''", "'");
  if (text.startsWith('"') && text.endsWith('"') && text.length > 1) return text.slice(1, -1).replaceAll(/\\(.)/g, (_, char: string) => ({ n: "\n", t: "\t" })[char] ?? char);
  return text;
}

function readColumns(text: Yaml | undefined): { name: string; type: string }[] {
  if (typeof text !== "string" || text === "") return [];
  let columns: unknown;
  try {
    columns = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(columns)) return [];
  return columns.map((column: Record<string, unknown>, index) => {
    const tensor = column["tensor-spec"] as { dtype?: unknown; shape?: unknown } | undefined;
    const type = tensor ? `${String(tensor.dtype)} ${JSON.stringify(tensor.shape)}` : typeof column.type === "string" ? column.type : JSON.stringify(column.type ?? column.dtype);
    return { name: typeof column.name === "string" ? column.name : String(index), type: `${type}${column.required === false ? ", optional" : ""}` };
  });
}

function isMap(value: Yaml | undefined): value is YamlMap {
  return typeof value === "object";
}
