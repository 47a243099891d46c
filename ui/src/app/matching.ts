/** How well names fit what a person has typed. */

/**
 * Returns how well a name fits a text: 0 not at all, the more the better.
 *
 * The letters of the text must come in the name in their order; whole words and beginnings count more.
 */
export function matchScore(text: string, name: string): number {
  const wanted = text.trim().toLowerCase();
  const given = name.toLowerCase();
  if (!wanted) return 1;
  const place = given.indexOf(wanted);
  if (place === 0) return 4;
  if (place > 0) return /[\s/_.-]/.test(given[place - 1]!) ? 3 : 2;
  let at = 0;
  for (const letter of wanted) {
    at = given.indexOf(letter, at) + 1;
    if (at === 0) return 0;
  }
  return 1;
}

/** Returns a text as the search language quotes it. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
