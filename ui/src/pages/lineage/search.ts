/** What of a lineage stands in the URL: what was opened in it, and whether it is a list. */

import type { GetLineage } from "@/api/types";
import type { Kind, Relation } from "./graph";

export interface LineageSearch {
  /** What was opened, in the order of the clicks: `around run 5be6f20b`, `62 used down dataset pets/5d41402a`. */
  opened?: string[];
  as?: "list";
}

/** The neighbours of a node: all of them, or so many by one relation. */
export interface Opened {
  kind: Kind;
  id: string;
  side?: { relation: Relation; downstream: boolean; count: number };
}

const OPENED = /^(?:around|(\d{1,6}) (used|read|nested|logged|registered|copied) (up|down)) (dataset|run|logged_model|model_version) (.+)$/s;

/** So many neighbours of a node come at first. */
export const NEIGHBORS = 12;

/** So many neighbours a call gives at most. */
const MOST = 1_000;

/** Takes from a URL what it says of a lineage; what it cannot read is left out. */
export function parseLineageSearch({ opened, as }: Record<string, unknown>): LineageSearch {
  const texts = Array.isArray(opened) ? opened.filter((text): text is string => typeof text === "string" && OPENED.test(text)) : [];
  return { ...(texts.length ? { opened: texts } : {}), ...(as === "list" ? { as } : {}) };
}

export function writeOpened({ kind, id, side }: Opened): string {
  return `${side ? `${side.count} ${side.relation} ${side.downstream ? "down" : "up"}` : "around"} ${kind} ${id}`;
}

/** Returns what a text of {@link LineageSearch.opened} says. */
export function readOpened(text: string): Opened | null {
  const [, count, relation, way, kind, id] = OPENED.exec(text) ?? [];
  if (!kind || !id) return null;
  const node = { kind: kind as Kind, id };
  return count ? { ...node, side: { relation: relation as Relation, downstream: way === "down", count: Number(count) } } : node;
}

/** Returns the texts with another one, which takes the place of one that says less of the same. */
export function withOpened(texts: readonly string[], opened: Opened): string[] {
  const nameOf = (one: Opened | null): string => (one ? writeOpened({ ...one, ...(one.side && { side: { ...one.side, count: 0 } }) }) : "");
  return [...texts.filter((text) => nameOf(readOpened(text)) !== nameOf(opened)), writeOpened(opened)];
}

/** Returns the calls that give what was opened. */
export function requestsOf({ kind, id, side }: Opened): GetLineage[] {
  if (!side) return [{ kind, id, depth: 1, max_neighbors: NEIGHBORS }];
  const { relation, downstream, count } = side;
  return Array.from({ length: Math.ceil(count / MOST) }, (_, page) => ({
    kind,
    id,
    relation,
    direction: downstream ? "downstream" : "upstream",
    depth: 2,
    max_neighbors: Math.min(MOST, count - page * MOST),
    max_nodes: 2_000,
    skip: page * MOST,
  }));
}
