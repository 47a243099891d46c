/** What terminals are told between the letters: colours are kept, everything else is left out. */

export type Tint = "red" | "green" | "yellow" | "blue" | "grey";

export interface Span {
  text: string;
  tint?: Tint;
  isBold?: boolean;
}

// Blue stands for cyan and magenta too: a page has fewer colours than a terminal.
const TINTS: readonly (Tint | undefined)[] = ["grey", "red", "green", "yellow", "blue", "blue", "blue", undefined];

// Sequences that end in a letter, those that set titles and links, and single ones.
const ESCAPES = /\u001b\[([\d;:?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[ -/]*[0-~]/g;

/** Returns a text as spans of one colour each. */
export function readAnsi(text: string): Span[] {
  const spans: Span[] = [];
  let style: Omit<Span, "text"> = {};
  let start = 0;
  const put = (end: number): void => {
    if (end > start) spans.push({ text: text.slice(start, end), ...style });
  };
  for (const match of text.matchAll(ESCAPES)) {
    put(match.index);
    start = match.index + match[0].length;
    if (match[2] === "m") style = changed(style, match[1]!);
  }
  put(text.length);
  return spans;
}

/** Returns a text as it looks after carriage returns: a progress bar is written over itself. */
export function overwrite(text: string): string {
  if (!text.includes("\r")) return text;
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => line.slice(line.replace(/\r+$/, "").lastIndexOf("\r") + 1).replace(/\r+$/, ""))
    .join("\n");
}

function changed(before: Omit<Span, "text">, codes: string): Omit<Span, "text"> {
  const numbers = codes.split(/[;:]/).map(Number);
  let { tint, isBold } = before;
  for (let at = 0; at < numbers.length; at++) {
    const code = numbers[at]!;
    if (code === 0) tint = isBold = undefined;
    else if (code === 1) isBold = true;
    else if (code === 22) isBold = undefined;
    else if (code === 39) tint = undefined;
    else if (code >= 30 && code <= 37) tint = TINTS[code - 30];
    else if (code >= 90 && code <= 97) tint = TINTS[code - 90];
    else if (code === 38 || code === 48) at += numbers[at + 1] === 2 ? 4 : 2; // a colour by its number or parts
  }
  return { ...(tint ? { tint } : {}), ...(isBold ? { isBold } : {}) };
}
