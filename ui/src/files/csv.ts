/** Tables in text: values between commas or tabs, quoted as RFC 4180 says. */

/**
 * Returns the rows of a text.
 *
 * @param isWhole Whether the text is all of its file; else a last line without its end is left out.
 */
export function parseCsv(text: string, separator: string, isWhole: boolean): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let value = "";
  let isQuoted = false;
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (isQuoted) {
      if (char === '"' && text[at + 1] === '"') {
        value += '"';
        at++;
      } else if (char === '"') isQuoted = false;
      else value += char;
    } else if (char === '"' && value === "") isQuoted = true;
    else if (char === separator) {
      row.push(value);
      value = "";
    } else if (char === "\n" || char === "\r") {
      if (char === "\r" && text[at + 1] === "\n") at++;
      row.push(value);
      rows.push(row);
      row = [];
      value = "";
    } else value += char;
    at++;
  }
  if (isWhole && (row.length > 0 || value !== "")) rows.push([...row, value]);
  return rows.filter((cells) => cells.length > 1 || cells[0] !== "");
}
