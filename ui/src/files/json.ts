/** JSON as lines that are folded and unfolded. */

export interface JsonLine {
  /** Where the value stands: `/nested/a/0`. */
  path: string;
  depth: number;
  /** Its name with quotes, as it is written; empty for items of lists, and for the whole. */
  key: string;
  text: string;
  /** What the value is, for its colour. */
  kind: "string" | "number" | "literal" | "open" | "close";
  /** Whether it can be folded, and is: undefined for what has nothing in it. */
  isFolded?: boolean;
}

/** Returns the lines of a value; what is folded is one line that says how much it holds. */
export function jsonLines(value: unknown, folded: ReadonlySet<string>): JsonLine[] {
  const lines: JsonLine[] = [];
  const add = (one: unknown, path: string, depth: number, key: string, end: string): void => {
    if (typeof one !== "object" || one === null) {
      const kind = typeof one === "string" ? "string" : typeof one === "number" ? "number" : "literal";
      lines.push({ path, depth, key, text: JSON.stringify(one) + end, kind });
      return;
    }
    const [begin, close] = Array.isArray(one) ? ["[", "]"] : ["{", "}"];
    const parts = Object.entries(one);
    if (parts.length === 0) lines.push({ path, depth, key, text: begin + close + end, kind: "literal" });
    else if (folded.has(path)) lines.push({ path, depth, key, text: `${begin} ${parts.length} ${close}${end}`, kind: "open", isFolded: true });
    else {
      lines.push({ path, depth, key, text: begin, kind: "open", isFolded: false });
      parts.forEach(([name, part], index) =>
        add(part, `${path}/${name}`, depth + 1, Array.isArray(one) ? "" : JSON.stringify(name), index < parts.length - 1 ? "," : ""),
      );
      lines.push({ path, depth, key: "", text: close + end, kind: "close" });
    }
  };
  add(value, "", 0, "", "");
  return lines;
}
