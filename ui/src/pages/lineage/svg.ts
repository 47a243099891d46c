/** The graph as an SVG document, in the colours of the page. */

import type { LineageNode } from "@/api/types";
import { FOLD_HEIGHT, type Line, type LineageDrawing, NODE } from "./drawing";
import type { Graph } from "./graph";
import { foldName, KINDS, nodeFacts } from "./words";
import type { Kind } from "./graph";

const MARGIN = 24;

/** So many characters fit into a node, of its name and of its second line. */
const NAME = 24;
const FACTS = 27;

export function graphSvg(graph: Graph, { places, lines, shared, width, height }: LineageDrawing): string {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const font = getComputedStyle(document.body).fontFamily.replaceAll('"', "'");
  const folds = new Map(graph.folds.map((fold) => [fold.key, fold]));
  const label = (x: number, y: number, content: string, attributes: string): string => `<text x="${x}" y="${y}" ${attributes}>${escape(content)}</text>`;
  const onLine = (text: string, { x, y, anchor }: Line["label"]): string =>
    label(x, y, text, `text-anchor="${anchor}" font-size="11" fill="${color("text-quiet")}" paint-order="stroke" stroke="${color("ground")}" stroke-width="3"`);
  const pens = lines.map(({ link, path, text, isQuiet, label: place }) => {
    const isFold = !graph.links.has(link.key);
    const pen = `<path d="${path}" fill="none" stroke="${color("line-strong")}" stroke-width="1.5"${isFold ? ' stroke-dasharray="3 3"' : ' marker-end="url(#arrow)"'}/>`;
    return isFold || isQuiet ? pen : pen + onLine(text, place);
  });
  const boxes = [...places].map(([key, { x, y }]) => {
    const fold = folds.get(key);
    if (fold) {
      return `<rect x="${x}" y="${y}" width="${NODE.width}" height="${FOLD_HEIGHT}" rx="6" fill="none" stroke="${color("line-strong")}" stroke-dasharray="3 3"/>` + label(x + 12, y + 18, foldName(fold), `font-size="12" fill="${color("accent-text")}"`);
    }
    const node = graph.nodes.get(key)!;
    const isPresent = key === graph.start;
    const mark = color(`kind-${node.kind.replace("_", "-")}`);
    return (
      `<rect x="${x}" y="${y}" width="${NODE.width}" height="${NODE.height}" rx="6" fill="${color(isPresent ? "ground-selected" : "ground-high")}" stroke="${color(isPresent ? "accent" : "line-strong")}" stroke-width="${isPresent ? 2 : 1}"/>` +
      `<rect x="${x}" y="${y + 6}" width="3" height="${NODE.height - 12}" rx="1.5" fill="${mark}"/>` +
      label(x + 14, y + 20, cut(node.version ? `${node.name} ${node.version}` : node.name, NAME), `font-size="13" font-weight="600" fill="${color("text")}"`) +
      label(x + 14, y + 37, cut(factsOf(node), FACTS), `font-size="12" fill="${color("text-quiet")}"`)
    );
  });
  const [across, down] = [Math.ceil(width) + 2 * MARGIN, Math.ceil(height) + 2 * MARGIN];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${across}" height="${down}" viewBox="${-MARGIN} ${-MARGIN} ${across} ${down}" font-family="${escape(font)}">` +
    `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0.5L7 4L0 7.5z" fill="${color("line-strong")}"/></marker></defs>` +
    `<rect x="${-MARGIN}" y="${-MARGIN}" width="${across}" height="${down}" fill="${color("ground")}"/>${pens.join("")}${shared.map((one) => onLine(one.text, one.label)).join("")}${boxes.join("")}</svg>`
  );
}

function factsOf(node: LineageNode): string {
  if (node.kind !== "model_version" || (node.state && node.state !== "active")) return `${KINDS[node.kind as Kind][0]} · ${nodeFacts(node)}`;
  const labels = [node.stage === "None" ? "" : node.stage, ...(node.aliases ?? []).map((alias) => `@${alias}`)].filter(Boolean);
  return labels.join(" · ") || "version";
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

// Control characters, which XML cannot hold, become blanks.
function escape(text: string): string {
  return text.replace(/[\u0000-\u001f\ufffe\uffff]/g, " ").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
