/** Many runs compared: which facts differ, and which are the same. */

import { goodSide } from "@/pages/experiment/table/fields";
import { type Fact, type Facts, type Group, GROUPS } from "./facts";

export interface FactRow {
  name: string;
  /** For each run; null where it has none, undefined where nobody recorded whether it has. */
  values: (Fact | null | undefined)[];
  differs: boolean;
  /** Of a metric: the values that are the best of the row. */
  best?: ReadonlySet<number>;
}

export interface FactSection {
  group: Group;
  rows: FactRow[];
  /** How many rows differ. */
  differing: number;
  /** How many runs have recorded nothing of this kind. */
  silent: number;
}

const compare = new Intl.Collator("en", { numeric: true }).compare;

/** Returns the facts of runs by kind, those kinds first in which the runs differ least: there a cause is found soonest. */
export function compareFacts(runs: readonly Facts[]): FactSection[] {
  const sections = GROUPS.flatMap((group): FactSection[] => {
    const facts = runs.map((run) => run.get(group));
    const known = facts.filter((one) => one !== undefined);
    const names = [...new Set(known.flatMap((one) => [...one].flatMap(([name, value]) => (value === undefined ? [] : [name]))))].sort(compare);
    if (!names.length) return [];
    const rows = names.map((name): FactRow => {
      const values = facts.map((one) => (one === undefined ? undefined : one.has(name) ? one.get(name) : null));
      const told = values.filter((value) => value !== undefined);
      const differs = told.some((value) => !Object.is(value, told[0]));
      const isMetric = group === "Metrics";
      return { name, values, differs, ...(isMetric && differs ? { best: bestOf(name, values) } : {}) };
    });
    return [{ group, rows, differing: rows.filter(({ differs }) => differs).length, silent: facts.length - known.length }];
  });
  const weight = ({ differing }: FactSection): number => differing || Infinity;
  return sections.sort((one, other) => weight(one) - weight(other) || GROUPS.indexOf(one.group) - GROUPS.indexOf(other.group));
}

/** Returns the best values of a metric whose name tells which side is good. */
function bestOf(name: string, values: FactRow["values"]): ReadonlySet<number> {
  const side = goodSide(name);
  const numbers = values.filter((value): value is number => typeof value === "number" && Number.isFinite(value));
  if (!side || numbers.length < 2) return new Set();
  return new Set([side === "low" ? Math.min(...numbers) : Math.max(...numbers)]);
}

export type TableRow =
  | { kind: "section"; section: FactSection; isOpen: boolean }
  | { kind: "fact"; group: Group; row: FactRow };

interface RowOptions {
  /** Whether rows are shown in which all runs are the same. */
  all: boolean;
  /** Words of which each has to be in a row's name. */
  find: string;
  folded: readonly string[];
}

/** Returns the rows of the table: the head of each kind, and what is shown of it. */
export function tableRows(sections: readonly FactSection[], { all, find, folded }: RowOptions): TableRow[] {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean);
  return sections.flatMap((section): TableRow[] => {
    const rows = section.rows.filter(
      ({ name, differs }) => (all || differs) && words.every((word) => `${section.group} ${name}`.toLowerCase().includes(word)),
    );
    if (!rows.length) return [];
    const isOpen = !folded.includes(section.group);
    const facts = isOpen ? rows.map((row): TableRow => ({ kind: "fact", group: section.group, row })) : [];
    return [{ kind: "section", section, isOpen }, ...facts];
  });
}
