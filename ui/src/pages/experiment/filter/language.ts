/**
 * The search language as far as an editor must know it: what is due where the caret stands.
 *
 * The server alone says what is right; this looks at the tokens before the caret, and takes what it cannot read as
 * something that is still being written.
 */

export type TokenKind = "path" | "name" | "word" | "number" | "text" | "operator" | "mark" | "open";

export interface Token {
  /** `open` is a quote that is not closed yet, up to the end. */
  kind: TokenKind;
  text: string;
  start: number;
  end: number;
}

const QUOTES = String.raw`'(?:[^']|'')*'|"(?:[^"]|"")*"`;
const BACKTICKS = "`(?:[^`]|``)+`";
const TOKEN = new RegExp(
  [
    String.raw`(?<path>[A-Za-z_]\w*\.(?:${BACKTICKS}|${QUOTES}|[\w./:-]*))`,
    `(?<name>${BACKTICKS})`,
    String.raw`(?<word>[A-Za-z_]\w*)`,
    String.raw`(?<number>-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d*)?)`,
    `(?<text>${QUOTES})`,
    "(?<operator>[<>=!~]+)",
    "(?<mark>[(),])",
    "(?<open>['\"`][^]*$)",
  ].join("|"),
  "gu",
);

/** Cuts a filter into tokens; what starts none is passed over. */
export function cutTokens(text: string): Token[] {
  return [...text.matchAll(TOKEN)].map((match) => {
    const kind = Object.entries(match.groups!).find(([, found]) => found !== undefined)![0] as TokenKind;
    return { kind, text: match[0], start: match.index, end: match.index + match[0].length };
  });
}

/** What may follow: a field, an operator, a value of the field, a word that joins conditions. */
export type Due = "field" | "operator" | "value" | "list" | "between" | "null" | "join";

export interface Place {
  due: Due;
  /** The field of the condition that the place is in, as it was written. */
  field: string;
  /** The token that the caret stands in or right behind; null between tokens. */
  token: Token | null;
  /** Parentheses that are open, those of lists and functions among them. */
  depth: number;
}

const FUNCTIONS = new Set(["min", "max", "first", "last", "number"]);

/** Returns what is due where the caret stands. */
export function placeAt(text: string, caret: number): Place {
  const tokens = cutTokens(text.slice(0, caret));
  const last = tokens.at(-1);
  // A token that ends at the caret is still being written, if more letters can belong to it.
  const isWritten = last !== undefined && last.end === caret && !(last.kind === "mark" || (last.kind === "text" && last.text.length > 1));
  const token = isWritten ? last : null;
  return { ...read(isWritten ? tokens.slice(0, -1) : tokens), token };
}

/** Returns whether a filter is whole as far as this can tell: not in the middle of a condition. */
export function isWhole(text: string): boolean {
  const tokens = cutTokens(text);
  if (tokens.length === 0) return true;
  const { due, depth } = read(tokens);
  return due === "join" && depth === 0 && tokens.at(-1)!.kind !== "open";
}

function read(tokens: readonly Token[]): Omit<Place, "token"> {
  let due: Due = "field";
  let field = "";
  let call = "";
  let depth = 0;
  for (const { kind, text } of tokens) {
    const word = text.toUpperCase();
    if (due === "field") {
      if (text === "(") depth++;
      else if (kind === "word" && FUNCTIONS.has(text.toLowerCase()) && !call) call = text;
      else if (word !== "NOT" || kind !== "word") {
        field = call ? `${call}(${text})` : text;
        due = "operator";
      }
    } else if (due === "operator") {
      if (text === ")" && call) {
        depth--;
        call = "";
      } else if (kind === "operator" || ["LIKE", "ILIKE", "RLIKE"].includes(word)) due = "value";
      else if (word === "IN") due = "list";
      else if (word === "BETWEEN") due = "between";
      else if (word === "IS") due = "null";
    } else if (due === "list") {
      if (text === "(") depth++;
      else if (text === ")") {
        depth--;
        due = "join";
      }
    } else if (due === "between") {
      if (word === "AND" && kind === "word") due = "value";
    } else if (due === "value") due = "join";
    else if (due === "null") {
      if (word === "NULL") due = "join";
    } else if (text === ")") depth--;
    else if (word === "AND" || word === "OR") {
      due = "field";
      field = "";
    }
  }
  return { due, field, depth };
}

/** Returns where the server found a filter wrong, from 0 on, and what it says; a place of null is not known. */
export function readMistake(message: string, length: number): { text: string; at: number | null } {
  const told = /^([\s\S]*?) \(at (?:column (\d+)|the end) of the filter "[\s\S]*"\)$/.exec(message);
  if (!told) return { text: message, at: null };
  const text = told[1]!.replace(/^Invalid clause\(s\) in filter string: /, "");
  return { text: text.charAt(0).toUpperCase() + text.slice(1), at: told[2] === undefined ? length : Number(told[2]) - 1 };
}
