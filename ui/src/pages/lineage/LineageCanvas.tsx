import { ActionIcon } from "@mantine/core";
import { IconArrowsMaximize, IconMinus, IconPlus } from "@tabler/icons-react";
import { type KeyboardEvent, memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { createStore, type Store, useStore } from "@/data/store";
import type { LineageDrawing, Line } from "./drawing";
import { FOLD_HEIGHT, NODE } from "./drawing";
import { type Fold, type Graph, relatives, waysOf } from "./graph";
import classes from "./LineageCanvas.module.css";
import { LineageNodeCard } from "./LineageNodeCard";
import { createViewport, STEP } from "./viewport";
import { foldName } from "./words";

interface LineageCanvasProps {
  graph: Graph;
  drawing: LineageDrawing;
  /** Keys of nodes of which all neighbours were asked for. */
  around: ReadonlySet<string>;
  onFold: (fold: Fold) => void;
  onAround: (key: string) => void;
}

/** What is marked: keys of nodes and links; null for nothing. */
export type Lit = ReadonlySet<string> | null;

/** Up to so many links all labels are shown; of more, those of the marked ones. */
const LABELLED = 40;

/** The graph, which the pointer, two fingers and the keyboard move. */
export function LineageCanvas({ graph, drawing, around, onFold, onAround }: LineageCanvasProps) {
  const frame = useRef<HTMLDivElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const world = useRef<HTMLDivElement>(null);
  const viewport = useMemo(createViewport, []);
  const [lit] = useState(() => createStore<Lit>(null));
  const { places, width, height } = drawing;
  // Before it is painted: for a frame it would be seen elsewhere, and be pressed there.
  useLayoutEffect(() => viewport.attach(frame.current!, layer.current!, world.current!), [viewport]);
  const first = useRef(true);
  useLayoutEffect(() => {
    viewport.resize(width, height);
    if (!first.current) return;
    first.current = false;
    const start = places.get(graph.start);
    viewport.begin(start ? { x: start.x, y: start.y, width: NODE.width, height: start.height } : null);
  }, [viewport, width, height, places, graph.start]);
  useEffect(() => markNodes(world.current!, lit), [lit, drawing]);
  const ways = useMemo(() => waysOf(graph), [graph]);
  const mark = useCallback((key: string | null) => lit.set(key === null ? null : relatives(ways, key)), [lit, ways]);
  const keys = useMemo(() => [...places].sort(([, one], [, other]) => one.layer - other.layer || one.row - other.row).map(([key]) => key), [places]);
  const folds = useMemo(() => new Map(graph.folds.map((fold) => [fold.key, fold])), [graph.folds]);
  const show = (key: string): void => {
    const place = places.get(key);
    if (place) viewport.show({ x: place.x, y: place.y, width: NODE.width, height: place.height });
  };
  const move = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") viewport.zoom(STEP);
    else if (event.key === "-") viewport.zoom(1 / STEP);
    else if (event.key === "0") viewport.fit();
    else {
      const at = (event.target as Element).closest("[data-key]")?.getAttribute("data-key");
      const next = at && neighborOf(drawing, at, event.key);
      if (!next) return;
      frame.current!.querySelector<HTMLElement>(`[data-key="${CSS.escape(next)}"] :is(a, button, [tabindex])`)?.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={classes.canvas}>
      {/* What moves it is on its nodes, which have the focus, or beside it as buttons. */}
      <div
        ref={frame}
        className={classes.frame}
        role="group"
        aria-label="Graph of the lineage. Arrow keys go along it, plus and minus zoom."
        onKeyDown={move}
        onFocus={(event) => {
          const key = event.target.closest("[data-key]")?.getAttribute("data-key");
          if (!key) return;
          mark(key);
          if (event.target.matches(":focus-visible")) show(key);
        }}
        onBlur={() => mark(null)}
      >
        <div ref={layer} className={classes.layer}>
          <div ref={world} className={classes.world} style={{ width, height }}>
            <svg className={classes.lines} width={width} height={height} aria-hidden>
              <defs>
                <marker id="lineage-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
                  <path d="M0 0.5L7 4L0 7.5z" />
                </marker>
              </defs>
              <Lines graph={graph} drawing={drawing} />
            </svg>
            {keys.map((key) => {
              const place = places.get(key)!;
              const fold = folds.get(key);
              return fold ? (
                <FoldMark key={key} fold={fold} x={place.x} y={place.y} onMark={mark} onFold={onFold} />
              ) : (
                <LineageNodeCard
                  key={key}
                  id={key}
                  node={graph.nodes.get(key)!}
                  x={place.x}
                  y={place.y}
                  isPresent={key === graph.start}
                  onMark={mark}
                  onAround={around.has(key) || key === graph.start ? undefined : onAround}
                />
              );
            })}
            <div className={classes.veil} aria-hidden />
            <svg className={classes.marked} width={width} height={height} aria-hidden>
              <MarkedLines graph={graph} drawing={drawing} lit={lit} />
            </svg>
          </div>
        </div>
      </div>
      <div className={classes.zoom}>
        <ActionIcon aria-label="Zoom in" onClick={() => viewport.zoom(STEP)}>
          <IconPlus size={15} />
        </ActionIcon>
        <ActionIcon aria-label="Zoom out" onClick={() => viewport.zoom(1 / STEP)}>
          <IconMinus size={15} />
        </ActionIcon>
        <ActionIcon aria-label="Show all of it" onClick={() => viewport.fit()}>
          <IconArrowsMaximize size={15} />
        </ActionIcon>
      </div>
    </div>
  );
}

/** All lines, which hovering does not draw again. */
const Lines = memo(function Lines({ graph, drawing: { lines, shared } }: { graph: Graph; drawing: LineageDrawing }) {
  return (
    <>
      {lines.map(({ link, path, text, label, isQuiet }) => {
        const isFold = !graph.links.has(link.key);
        return (
          <g key={link.key} className={classes.line} data-fold={isFold || undefined}>
            <path d={path} markerEnd="url(#lineage-arrow)" />
            {!isFold && !isQuiet && lines.length <= LABELLED && <LineLabel text={text} label={label} />}
          </g>
        );
      })}
      {shared.map(({ text, label, links }) => (
        <g key={links[0]} className={classes.line}>
          <LineLabel text={text} label={label} />
        </g>
      ))}
    </>
  );
});

/** The marked lines, on top of the others. */
function MarkedLines({ graph, drawing: { lines }, lit }: { graph: Graph; drawing: LineageDrawing; lit: Store<Lit> }) {
  const keys = useStore(lit);
  return lines
    .filter(({ link }) => keys?.has(link.key))
    .map(({ link, path, text, label }) => (
      <g key={link.key} className={classes.line} data-lit>
        <path d={path} markerEnd="url(#lineage-arrow)" />
        {graph.links.has(link.key) && <LineLabel text={text} label={label} />}
      </g>
    ));
}

function LineLabel({ text, label: { x, y, anchor } }: Pick<Line, "text" | "label">) {
  return (
    <text x={x} y={y} textAnchor={anchor}>
      {text}
    </text>
  );
}

interface FoldMarkProps {
  fold: Fold;
  x: number;
  y: number;
  onMark: (key: string | null) => void;
  onFold: (fold: Fold) => void;
}

function FoldMark({ fold, x, y, onMark, onFold }: FoldMarkProps) {
  const [isOpening, setOpening] = useState(false);
  useEffect(() => setOpening(false), [fold.count]);
  return (
    <div className={classes.fold} style={{ left: x, top: y, width: NODE.width, height: FOLD_HEIGHT }} data-key={fold.key}>
      <button
        type="button"
        disabled={isOpening}
        onPointerEnter={() => onMark(fold.key)}
        onPointerLeave={() => onMark(null)}
        onClick={() => {
          setOpening(true);
          onFold(fold);
        }}
      >
        {foldName(fold)}
      </button>
    </div>
  );
}

/** Marks nodes past React: of a thousand only the marked ones are touched; a veil lies over the others. Returns what ends it. */
function markNodes(world: HTMLElement, lit: Store<Lit>): () => void {
  const nodes = new Map([...world.querySelectorAll<HTMLElement>("[data-key]")].map((node) => [node.dataset.key!, node]));
  let marked: HTMLElement[] = [];
  const show = (): void => {
    const keys = lit.get();
    const next = [...(keys ?? [])].flatMap((key) => nodes.get(key) ?? []);
    for (const node of marked) if (!keys?.has(node.dataset.key!)) delete node.dataset.lit;
    for (const node of next) node.dataset.lit = "";
    marked = next;
    world.toggleAttribute("data-marks", keys !== null);
  };
  show();
  const end = lit.subscribe(show);
  return () => void end();
}

/** Returns the node that an arrow key leads to; undefined for other keys, and where there is none. */
function neighborOf({ places, lines }: LineageDrawing, at: string, key: string): string | undefined {
  const here = places.get(at)!;
  const nearest = (found: readonly string[]): string | undefined => {
    const away = (one: string): number => Math.abs(places.get(one)!.y - here.y);
    return [...found].sort((one, other) => away(one) - away(other))[0];
  };
  switch (key) {
    case "ArrowRight":
      return nearest(lines.filter(({ link }) => link.source === at).map(({ link }) => link.target));
    case "ArrowLeft":
      return nearest(lines.filter(({ link }) => link.target === at).map(({ link }) => link.source));
    case "ArrowUp":
    case "ArrowDown": {
      const isDown = key === "ArrowDown";
      return nearest([...places].filter(([, { layer, y }]) => layer === here.layer && (isDown ? y > here.y : y < here.y)).map(([one]) => one));
    }
    default:
      return undefined;
  }
}
