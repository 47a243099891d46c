/** Conditions of filters: how they are written, and put together. */

import { quoteText } from "@/app/matching";

/** Returns a filter that asks for both; an empty one asks for nothing. */
export function joinConditions(...conditions: readonly (string | undefined)[]): string {
  const given = conditions.filter((text): text is string => Boolean(text?.trim()));
  if (given.length < 2) return given[0] ?? "";
  return given.map((text) => (/\bor\b/i.test(text) ? `(${text})` : text)).join(" AND ");
}

/** Returns how a value is written: numbers as they are, texts in quotes. */
export function writeValue(value: string | number): string {
  return typeof value === "number" ? String(value) : quoteText(value);
}
