/** Where the graph of lineage is drawn. */

import type { Graph, Link } from "./graph";
import { linksOf } from "./graph";
import { type Drawing, layOut } from "./layers";
import { linkLabel } from "./words";

export const NODE = { width: 200, height: 48 };
export const FOLD_HEIGHT = 28;
const SIZES = { width: NODE.width, across: 96, between: 12 };

export interface Line {
  link: Link;
  /** The way of the pen, as SVG writes it. */
  path: string;
  text: string;
  /** Where its label stands. */
  label: Label;
  /** Whether the label is shown only while the line is marked: many lines of one node say the same. */
  isQuiet: boolean;
}

interface Label {
  x: number;
  y: number;
  anchor: "start" | "end";
}

/** What many lines of one node say, once. */
export interface SharedLabel {
  text: string;
  label: Label;
  /** Keys of the links that it is of. */
  links: readonly string[];
}

export interface LineageDrawing extends Drawing {
  lines: readonly Line[];
  shared: readonly SharedLabel[];
}

/** More lines of one node than these have one label for all. */
const ALIKE = 3;

/** Returns places and lines of a graph. */
export function drawGraph(graph: Graph): LineageDrawing {
  const boxes = [
    ...[...graph.nodes.keys()].map((key) => ({ key, height: NODE.height })),
    ...graph.folds.map(({ key }) => ({ key, height: FOLD_HEIGHT })),
  ];
  const links = linksOf(graph);
  const drawing = layOut(boxes, links, SIZES);
  const into = new Map<string, number>();
  for (const { target } of links) into.set(target, (into.get(target) ?? 0) + 1);
  const alike = new Map<string, Link[]>();
  for (const link of links) {
    if (!graph.links.has(link.key)) continue;
    const key = `${link.source} ${linkLabel(link)}`;
    const group = alike.get(key);
    if (group) group.push(link);
    else alike.set(key, [link]);
  }
  const lines = links.flatMap((link): Line[] => {
    const route = drawing.routes.get(link.key);
    if (!route) return [];
    const isOwnEnd = into.get(link.target) === 1;
    const [x, y] = isOwnEnd ? route.at(-1)! : route[0]!;
    const side = isOwnEnd === route[0]![0] < route.at(-1)![0] ? -1 : 1;
    const text = linkLabel(link);
    const isQuiet = (alike.get(`${link.source} ${text}`)?.length ?? 0) > ALIKE;
    return [{ link, text, isQuiet, path: penOf(route), label: { x: x + 8 * side, y: y - 5, anchor: side < 0 ? "end" : "start" } }];
  });
  const shared = [...alike.values()].flatMap((group): SharedLabel[] => {
    const place = drawing.places.get(group[0]!.source)!;
    if (group.length <= ALIKE) return [];
    const label: Label = { x: place.x + NODE.width + 8, y: place.y + place.height / 2 - 5, anchor: "start" };
    return [{ text: linkLabel(group[0]!), label, links: group.map(({ key }) => key) }];
  });
  return { ...drawing, lines, shared };
}

/** Returns a smooth line through points, level at each of them. */
function penOf(route: Drawing["routes"] extends ReadonlyMap<string, infer R> ? R : never): string {
  const [[x, y], ...rest] = route as [readonly [number, number], ...(readonly [number, number])[]];
  let [fromX, fromY] = [x, y];
  let path = `M${round(x)} ${round(y)}`;
  for (const [toX, toY] of rest) {
    const bend = (toX - fromX) / 2;
    path += toY === fromY ? `L${round(toX)} ${round(toY)}` : `C${round(fromX + bend)} ${round(fromY)} ${round(toX - bend)} ${round(toY)} ${round(toX)} ${round(toY)}`;
    [fromX, fromY] = [toX, toY];
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
