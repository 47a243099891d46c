/** The graph that the pages show: what the server answered, merged with what was opened since. */

import type { Lineage, LineageNode } from "@/api/types";

export type Kind = "dataset" | "run" | "logged_model" | "model_version";
export type Relation = "used" | "read" | "nested" | "logged" | "registered" | "copied";

/** What a relation leads from, and to. */
export const ENDS: Record<Relation, readonly [source: Kind, target: Kind]> = {
  used: ["dataset", "run"],
  read: ["logged_model", "run"],
  nested: ["run", "run"],
  logged: ["run", "logged_model"],
  registered: ["logged_model", "model_version"],
  copied: ["model_version", "model_version"],
};

export interface Link {
  key: string;
  source: string;
  target: string;
  relation: Relation;
  detail?: string;
}

/** Neighbours of a node that are not shown: a node that can be opened. */
export interface Fold {
  key: string;
  /** Key of the node whose neighbours they are. */
  of: string;
  relation: Relation;
  downstream: boolean;
  kind: Kind;
  count: number;
  /** How many others of them are shown. */
  shown: number;
}

export interface Graph {
  /** Key of what was asked for. */
  start: string;
  nodes: ReadonlyMap<string, LineageNode>;
  links: ReadonlyMap<string, Link>;
  folds: readonly Fold[];
}

/** An answer, and how many neighbours of its first node it passed over. */
export interface Answer {
  lineage: Lineage;
  skip: number;
}

export function keyOf({ kind, id }: Pick<LineageNode, "kind" | "id">): string {
  return `${kind} ${id}`;
}

/** Returns one graph of several answers, of which the first one is of what was asked for. */
export function mergeAnswers(answers: readonly Answer[]): Graph {
  const nodes = new Map<string, LineageNode>();
  const links = new Map<string, Link>();
  const totals = new Map<string, Omit<Fold, "key" | "count" | "shown"> & { total: number }>();
  for (const { lineage, skip } of answers) {
    const keys = lineage.nodes.map(keyOf);
    const seen = new Map<string, number>();
    lineage.nodes.forEach((node, index) => nodes.set(keys[index]!, node));
    for (const { source, target, relation, detail } of lineage.edges) {
      const link: Link = { key: "", source: keys[source]!, target: keys[target]!, relation: relation as Relation, ...(detail ? { detail } : {}) };
      link.key = `${link.source} ${relation} ${link.target}`;
      links.set(link.key, link);
      for (const side of sidesOf(link)) seen.set(side, (seen.get(side) ?? 0) + 1);
    }
    for (const { node, relation: name, downstream, count } of lineage.cuts) {
      const relation = name as Relation;
      const key = sideKey(keys[node]!, relation, downstream);
      const total = count + (seen.get(key) ?? 0) + (node === 0 ? skip : 0);
      if (total > (totals.get(key)?.total ?? 0)) totals.set(key, { of: keys[node]!, relation, downstream, kind: ENDS[relation][downstream ? 1 : 0], total });
    }
  }
  const shown = new Map<string, number>();
  for (const link of links.values()) for (const side of sidesOf(link)) shown.set(side, (shown.get(side) ?? 0) + 1);
  const folds = [...totals].flatMap(([key, { total, ...fold }]): Fold[] => {
    const there = shown.get(key) ?? 0;
    return total > there ? [{ ...fold, key, count: total - there, shown: there }] : [];
  });
  const first = answers[0]?.lineage.nodes[0];
  return { start: first ? keyOf(first) : "", nodes, links, folds };
}

/** The ways from each node, for who follows many of them: along the links, and against them. */
export interface Ways {
  from: ReadonlyMap<string, readonly Way[]>;
  to: ReadonlyMap<string, readonly Way[]>;
}

interface Way {
  link: string;
  next: string;
}

export function waysOf(graph: Graph): Ways {
  const from = new Map<string, Way[]>();
  const to = new Map<string, Way[]>();
  const note = (into: Map<string, Way[]>, at: string, way: Way): void => {
    const ways = into.get(at);
    if (ways) ways.push(way);
    else into.set(at, [way]);
  };
  for (const { key, source, target } of linksOf(graph)) {
    note(from, source, { link: key, next: target });
    note(to, target, { link: key, next: source });
  }
  return { from, to };
}

/** Returns the keys of all that a node came from and that came from it, and of the links on the way. */
export function relatives({ from, to }: Ways, key: string): Set<string> {
  const found = new Set([key]);
  for (const ways of [from, to]) {
    const reached = new Set([key]);
    for (const at of reached) {
      for (const { link, next } of ways.get(at) ?? []) {
        found.add(link);
        reached.add(next);
      }
    }
    for (const one of reached) found.add(one);
  }
  return found;
}

/** Returns the links of a graph, and those to its folds. */
export function linksOf({ links, folds }: Graph): Link[] {
  return [
    ...links.values(),
    ...folds.map(({ key, of, relation, downstream }) => ({ key: `to ${key}`, source: downstream ? of : key, target: downstream ? key : of, relation })),
  ];
}

function sideKey(node: string, relation: Relation, downstream: boolean): string {
  return `${downstream ? "from" : "into"} ${relation} ${node}`;
}

function sidesOf({ source, target, relation }: Link): [string, string] {
  return [sideKey(source, relation, true), sideKey(target, relation, false)];
}
