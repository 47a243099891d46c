/** What the editor of filters offers to write next. */

import { matchScore, quoteText } from "@/app/matching";
import type { RunKeys } from "@/api/types";
import { fieldText, parseField } from "../table/fields";
import { type Place, placeAt } from "./language";

export interface Offer {
  label: string;
  /** What it is, in a few words. */
  detail: string;
  /** What takes the place of the text from `start` to `end`. */
  insert: string;
  start: number;
  end: number;
}

const MOST = 50;

export const STATUSES = ["RUNNING", "FINISHED", "FAILED", "KILLED", "SCHEDULED"];

const ATTRIBUTES: readonly (readonly [string, string])[] = [
  ["run_name", "the name of the run"],
  ["status", "RUNNING, FINISHED, FAILED, …"],
  ["user_id", "who started it"],
  ["start_time", "milliseconds since 1970"],
  ["end_time", "milliseconds since 1970"],
  ["run_id", "its id"],
];

const FOR_NUMBERS = ["<", ">", "<=", ">=", "=", "!=", "BETWEEN", "IS NULL", "IS NOT NULL"];
const FOR_TEXTS = ["=", "!=", "LIKE", "ILIKE", "IN", "RLIKE", "NOT IN", "IS NULL", "IS NOT NULL"];

/** Returns whether a field is compared with numbers. */
export function isNumberField(text: string): boolean {
  const { kind, key, of } = parseField(text);
  return kind === "metrics" || of === "number" || (kind === "attribute" && /_time$/.test(key));
}

/**
 * Returns what can stand at the caret, the best first.
 *
 * @param values Values that runs have in the field of the place.
 */
export function completeFilter(text: string, caret: number, keys: RunKeys | undefined, values: readonly string[]): Offer[] {
  const place = placeAt(text, caret);
  const start = place.token?.start ?? caret;
  const offer = (label: string, insert: string, detail = ""): Offer => ({ label, detail, insert, start, end: caret });
  const written = place.token?.text ?? "";
  switch (place.due) {
    case "field": {
      const fields = rank(written, offerFields(keys)).map(([name, detail]) => offer(name, `${name} `, detail));
      const isAlone = text.trim() === written.trim() && /^[\w.-]+$/.test(written) && !written.includes(".");
      const search = offer(`Name contains ${written}`, `run_name ILIKE ${quoteText(`%${written}%`)} `, "any case");
      return isAlone ? [...fields.slice(0, 7), search] : fields;
    }
    case "operator": {
      const operators = isNumberField(place.field) ? FOR_NUMBERS : FOR_TEXTS;
      const fits = operators.filter((one) => one.startsWith(written.toUpperCase()));
      return fits.map((one) => offer(one, one === "BETWEEN" ? `${one} ` : /IN$/.test(one) ? `${one} (` : `${one} `, OPERATORS[one]));
    }
    case "value":
    case "list":
      return offerValues(place, written, values).map((value) => offer(value, `${quoteText(value)}${place.due === "value" ? " " : ""}`));
    case "null":
      return ["NULL", "NOT NULL"].map((one) => offer(one, `${one} `));
    case "join":
      return ["AND", "OR"].filter((one) => one.startsWith(written.toUpperCase()) || /^['"]/.test(written)).map((one) => offer(one, `${one} `));
    default:
      return [];
  }
}

const OPERATORS: Record<string, string> = {
  LIKE: "% is any text, _ any letter", ILIKE: "LIKE in any case", RLIKE: "a regular expression", IN: "one of a list",
  "IS NULL": "has none", "IS NOT NULL": "has one", BETWEEN: "1 AND 2",
};

function offerFields(keys: RunKeys | undefined): [string, string][] {
  const of = (kind: "metrics" | "params" | "tags", word: string): [string, string][] =>
    (keys?.[kind] ?? []).map(({ key, runs }) => [fieldText({ kind, key }), `${word} of ${runs} run${runs === 1 ? "" : "s"}`]);
  return [...of("metrics", "metric"), ...of("params", "param"), ...ATTRIBUTES.map(([name, detail]): [string, string] => [name, detail]), ...of("tags", "tag")];
}

/** Returns the entries whose names fit, by how well the part behind the dot or the whole does. */
function rank(written: string, entries: readonly [string, string][]): [string, string][] {
  if (!written) return entries.slice(0, MOST);
  const scored = entries.flatMap(([name, detail]) => {
    const score = Math.max(matchScore(written, name), matchScore(written, parseField(name).key));
    return score > 0 ? [{ name, detail, score }] : [];
  });
  scored.sort((a, b) => b.score - a.score);
  return scored.slice(0, MOST).map(({ name, detail }) => [name, detail]);
}

function offerValues({ field }: Place, written: string, values: readonly string[]): string[] {
  if (isNumberField(field)) return [];
  const all = parseField(field).key === "status" ? STATUSES : values;
  const begun = written.replace(/^['"]|['"]$/g, "").toLowerCase();
  return all.filter((value) => value.toLowerCase().includes(begun)).slice(0, MOST);
}
