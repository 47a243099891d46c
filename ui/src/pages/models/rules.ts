/** Rules of the registry in words, and words made into rules. */

import type { RegistryRule } from "@/api/types";
import { formatNumber, toNumber } from "@/data/numbers";

export type Condition = RegistryRule["condition"];
type MetricGate = Extract<Condition, { kind: "metric" }>;

/** Returns what a rule asks for: `accuracy >= 0.9`. */
export function describeCondition(condition: Condition): string {
  switch (condition.kind) {
    case "protected":
      return "moves must be forced";
    case "metric":
      return writeGate(condition);
    case "tag":
      return condition.value === null || condition.value === undefined ? `tag ${condition.key} is set` : `tag ${condition.key} is ${condition.value}`;
    case "content":
      return "files are verified";
  }
}

/** Returns where a rule stands: `@champion`, or `Production`. */
export function describePlace({ alias, stage }: RegistryRule): string {
  return alias ? `@${alias}` : (stage ?? "");
}

function writeGate({ metric, comparison, threshold, offset }: MetricGate): string {
  if (threshold !== null && threshold !== undefined) return `${metric} ${comparison} ${formatNumber(toNumber(threshold), 12)}`;
  const more = toNumber(offset ?? 0);
  const by = more ? ` ${more < 0 ? "−" : "+"} ${formatNumber(Math.abs(more), 12)}` : "";
  return `${metric} ${comparison} current${by}`;
}

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const GATE = new RegExp(String.raw`^\s*(.+?)\s*(>=|<=|>|<)\s*(?:(${NUMBER})|current(?:\s*([+-])\s*(${NUMBER}))?)\s*$`);

/**
 * Returns the gate that a text such as `accuracy >= 0.9` or `loss <= current + 0.01` says; null if it says none.
 *
 * `current` is the metric of the version that is replaced.
 */
export function parseGate(text: string): MetricGate | null {
  const match = GATE.exec(text);
  if (!match) return null;
  const [, metric = "", comparison = "", threshold, sign, offset] = match;
  if (threshold !== undefined) return { kind: "metric", metric, comparison, threshold: Number(threshold), offset: 0 };
  return { kind: "metric", metric, comparison, threshold: null, offset: offset === undefined ? 0 : Number(sign + offset) };
}
